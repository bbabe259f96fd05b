#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <string_view>
#include <utility>
#include <vector>

namespace parley {

class ChunkPool;

/// A reference-counted, append-only piece of memory: bytes once written never move or change, so
/// any number of outboxes may send from it. It also knows where frames begin, so that a connection
/// can be ended between two of them: marks, 4 bytes a frame, that grow from its end towards the
/// bytes. Belongs to the thread of its pool; the count is plain.
class Chunk {
 public:
  char* bytes() { return reinterpret_cast<char*>(this + 1); }
  const char* bytes() const { return reinterpret_cast<const char*>(this + 1); }
  std::uint32_t capacity() const { return capacity_; }
  std::uint32_t used() const { return used_; }
  /// Bytes that can still be taken, with a mark.
  std::uint32_t room() const {
    const std::uint32_t taken = used_ + (marks_ + 1) * kMarkBytes;
    return taken < capacity_ ? capacity_ - taken : 0;
  }
  /// Takes the next n bytes (at most room()) and returns where they begin.
  std::uint32_t take(std::size_t n) {
    const std::uint32_t begin = used_;
    used_ += static_cast<std::uint32_t>(n);
    return begin;
  }
  /// The same for bytes that begin a frame.
  std::uint32_t take_frame(std::size_t n) {
    ++marks_;
    std::memcpy(bytes() + capacity_ - marks_ * kMarkBytes, &used_, kMarkBytes);
    return take(n);
  }
  /// The first beginning of a frame at or behind `offset`; used() if there is none.
  std::uint32_t next_frame(std::uint32_t offset) const;

  static constexpr std::uint32_t kMarkBytes = sizeof(std::uint32_t);

 private:
  friend class ChunkPool;
  friend class ChunkRef;
  Chunk(ChunkPool& pool, std::uint32_t capacity) : pool_(pool), capacity_(capacity) {}
  std::uint32_t mark(std::uint32_t index) const;

  ChunkPool& pool_;
  std::uint32_t capacity_;
  std::uint32_t used_ = 0;
  std::uint32_t marks_ = 0;
  std::uint32_t references_ = 0;
};

/// Shares a chunk; the last one gives it back to the pool.
class ChunkRef {
 public:
  ChunkRef() = default;
  explicit ChunkRef(Chunk* chunk) : chunk_(chunk) {
    if (chunk_) ++chunk_->references_;
  }
  ChunkRef(const ChunkRef& other) : ChunkRef(other.chunk_) {}
  ChunkRef(ChunkRef&& other) noexcept : chunk_(std::exchange(other.chunk_, nullptr)) {}
  ChunkRef& operator=(ChunkRef other) noexcept {
    std::swap(chunk_, other.chunk_);
    return *this;
  }
  ~ChunkRef() {
    if (chunk_ && --chunk_->references_ == 0) release();
  }

  Chunk* get() const { return chunk_; }
  Chunk* operator->() const { return chunk_; }
  explicit operator bool() const { return chunk_ != nullptr; }
  bool unshared() const { return chunk_->references_ == 1; }

 private:
  void release();

  Chunk* chunk_ = nullptr;
};

/// Hands out chunks and keeps a bounded number of the two usual sizes for the next taker. Outlives
/// every chunk that it gave.
class ChunkPool {
 public:
  /// For frames that many connections share.
  static constexpr std::uint32_t kSharedBytes = 64 * 1024;
  /// For the bytes of one connection.
  static constexpr std::uint32_t kOwnBytes = 4 * 1024;

  ChunkPool() = default;
  ~ChunkPool();
  ChunkPool(const ChunkPool&) = delete;
  ChunkPool& operator=(const ChunkPool&) = delete;

  /// A chunk of at least `size` bytes, marks included.
  ChunkRef take(std::uint32_t size);

  /// Bytes held by chunks in use, each counted once however many share it.
  std::size_t bytes_in_use() const { return bytes_in_use_; }

 private:
  friend class ChunkRef;
  void give_back(Chunk* chunk);
  std::vector<Chunk*>* spares_of(std::uint32_t capacity);

  static constexpr std::size_t kSpareSharedMax = 64;  // 4 MiB
  static constexpr std::size_t kSpareOwnMax = 256;    // 1 MiB

  std::vector<Chunk*> spare_shared_;
  std::vector<Chunk*> spare_own_;
  std::size_t bytes_in_use_ = 0;
};

/// One encoded message, borrowed: it is valid until its FrameWriter writes the next one. Appending
/// it to an Outbox shares the memory.
struct Frame {
  Chunk* chunk = nullptr;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;

  std::size_t size() const { return end - begin; }
  std::string_view bytes() const { return {chunk->bytes() + begin, size()}; }
};

/// Encodes frames one behind the other into shared chunks, so that a connection that gets all of
/// them sends one range. Use one writer for each sequence of frames that goes to the same readers.
class FrameWriter {
 public:
  explicit FrameWriter(ChunkPool& pool) : pool_(pool) {}

  /// The concatenation of the parts as one frame of at most 4 GiB.
  Frame write(std::initializer_list<std::string_view> parts) { return write({}, parts); }
  /// The same behind a header.
  Frame write(std::string_view header, std::initializer_list<std::string_view> parts);

 private:
  ChunkPool& pool_;
  ChunkRef chunk_;
};

}  // namespace parley
