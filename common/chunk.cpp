#include "common/chunk.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace parley {

std::uint32_t Chunk::mark(std::uint32_t index) const {
  std::uint32_t offset = 0;
  std::memcpy(&offset, bytes() + capacity_ - (index + 1) * kMarkBytes, kMarkBytes);
  return offset;
}

std::uint32_t Chunk::next_frame(std::uint32_t offset) const {
  std::uint32_t low = 0;
  std::uint32_t high = marks_;
  while (low < high) {
    const std::uint32_t middle = low + (high - low) / 2;
    if (mark(middle) < offset) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low < marks_ ? mark(low) : used_;
}

void ChunkRef::release() {
  chunk_->pool_.give_back(chunk_);
}

ChunkPool::~ChunkPool() {
  for (auto* spares : {&spare_shared_, &spare_own_}) {
    for (Chunk* chunk : *spares) ::operator delete(chunk);
  }
}

std::vector<Chunk*>* ChunkPool::spares_of(std::uint32_t capacity) {
  if (capacity == kSharedBytes) return &spare_shared_;
  if (capacity == kOwnBytes) return &spare_own_;
  return nullptr;
}

ChunkRef ChunkPool::take(std::uint32_t size) {
  const std::uint32_t capacity = size <= kOwnBytes      ? kOwnBytes
                                 : size <= kSharedBytes ? kSharedBytes
                                                        : size;
  bytes_in_use_ += capacity;
  auto* spares = spares_of(capacity);
  if (spares && !spares->empty()) {
    Chunk* chunk = spares->back();
    spares->pop_back();
    return ChunkRef(chunk);
  }
  void* memory = ::operator new(sizeof(Chunk) + capacity);
  return ChunkRef(new (memory) Chunk(*this, capacity));
}

void ChunkPool::give_back(Chunk* chunk) {
  bytes_in_use_ -= chunk->capacity_;
  auto* spares = spares_of(chunk->capacity_);
  const std::size_t max = spares == &spare_shared_ ? kSpareSharedMax : kSpareOwnMax;
  if (!spares || spares->size() >= max) {
    ::operator delete(chunk);
    return;
  }
  chunk->used_ = chunk->marks_ = 0;
  spares->push_back(chunk);
}

Frame FrameWriter::write(std::string_view header, std::initializer_list<std::string_view> parts) {
  std::size_t size = header.size();
  for (std::string_view part : parts) size += part.size();
  if (!chunk_ || chunk_->room() < size) {
    const std::size_t with_mark = size + Chunk::kMarkBytes;
    chunk_ = pool_.take(std::max(static_cast<std::uint32_t>(with_mark), ChunkPool::kSharedBytes));
  }
  Frame frame{chunk_.get(), chunk_->take_frame(size), 0};
  frame.end = frame.begin + static_cast<std::uint32_t>(size);
  char* to = frame.chunk->bytes() + frame.begin;
  if (!header.empty()) std::memcpy(to, header.data(), header.size());
  to += header.size();
  for (std::string_view part : parts) {
    if (part.empty()) continue;
    std::memcpy(to, part.data(), part.size());
    to += part.size();
  }
  return frame;
}

}  // namespace parley
