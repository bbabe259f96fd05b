#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "common/chunk.h"

namespace parley {

// What one connection still has to send.
//
// An Outbox is a list of ranges of chunks. A frame that many connections get is encoded once; each
// of their outboxes refers to it. When the next frame lies right behind the last range, as it
// always does on a hot channel, the range grows: a delivery is two compares and an add, with no
// copy and no allocation. A small frame that does not join on is copied behind the connection's
// own bytes, because each range costs an iovec, a reference and a cache miss, and that is dearer
// than copying up to kCopyMax bytes. Where a hot channel goes on to its next chunk, and after a few
// kilobytes of copies, the frame is shared all the same, so that the next ones join again.
//
// A range pins its whole chunk. While the peer reads, that is for one tick. When the kernel takes
// no more (blocked()), ranges that are small beside their chunk are copied out, so that a slow
// reader holds at most a few times what it still has to get.
//
// It does no I/O: it offers the next buffers and is told how many bytes went. Plain TCP, TLS and
// WebSocket share it. Rejected: a buffer per subscriber (0.055 us instead of 0.047 a delivery at
// 1000 subscribers, and five times the memory).
//
// Belongs to the thread of its pool. It has no limit of its own: its owner compares bytes() with
// one once a tick.
class Outbox {
 public:
  /// Frames up to this size are copied when they do not join the last range.
  static constexpr std::size_t kCopyMax = 512;
  /// While blocked, a shared range of at most this share of its chunk is copied out of it.
  static constexpr std::size_t kUnpinShare = 8;

  explicit Outbox(ChunkPool& pool) : pool_(pool) {}

  /// Shares the frame's memory, or copies it when that is cheaper.
  void append(const Frame& frame) {
    bytes_ += frame.size();
    if (frame.chunk == tail_.chunk.get() && frame.begin == tail_.end) {
      tail_.end = frame.end;
    } else {
      append_apart(frame);
    }
  }

  /// Copies bytes that are for this connection alone: whole frames, or pieces of one, of which
  /// the first begins it.
  void write(std::string_view bytes, bool begins_frame = true);

  bool empty() const { return bytes_ == 0; }
  std::size_t bytes() const { return bytes_; }
  /// Into how many pieces of memory they fall.
  std::size_t ranges() const { return ranges_.size() - head_ + (tail_.size() > 0 ? 1 : 0); }
  /// All bytes ever put in.
  std::uint64_t bytes_in() const { return bytes_out_ + bytes_; }
  /// All bytes ever taken out.
  std::uint64_t bytes_out() const { return bytes_out_; }

  /// Fills `buffers` with what is to be sent next and returns how many were used.
  std::size_t buffers(std::span<iovec> buffers) const;
  /// The first n bytes (at most bytes()) are sent.
  void consume(std::size_t n);
  /// The kernel takes no more for now: let go of chunks that are mostly of no use to us.
  void blocked();
  /// Forgets all that was not sent.
  void clear();
  /// Forgets all but the rest of a frame that was sent in part: what is sent then ends where a
  /// frame ends.
  void keep_started_frame();

 private:
  struct Range {
    ChunkRef chunk;
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    std::size_t size() const { return end - begin; }
    std::string_view bytes() const { return {chunk->bytes() + begin, size()}; }
  };

  void append_apart(const Frame& frame);
  bool worth_copying(const Frame& frame) const;
  void copy(std::string_view bytes, bool begins_frame);
  void copy(const Range& range);
  Range* last_range();
  bool tail_is_own() const { return tail_.chunk && tail_.chunk.get() == own_.get(); }
  /// While blocked: copies the tail out of a chunk that it would pin.
  void unpin_tail();
  void push_tail();
  bool pins_too_much(const Range& range) const;

  ChunkPool& pool_;
  std::size_t bytes_ = 0;
  Range tail_;
  // Before the tail, oldest at head_.
  std::vector<Range> ranges_;
  std::uint32_t head_ = 0;
  bool blocked_ = false;
  // The chunk that own bytes are written to.
  ChunkRef own_;
  std::uint64_t bytes_out_ = 0;
};

}  // namespace parley
