#include "common/outbox.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace parley {

void Outbox::write(std::string_view bytes, bool begins_frame) {
  bytes_ += bytes.size();
  copy(bytes, begins_frame);
}

void Outbox::append_apart(const Frame& frame) {
  if (frame.size() == 0) return;
  if (worth_copying(frame)) {
    copy(frame.bytes(), true);
    return;
  }
  unpin_tail();
  push_tail();
  tail_ = {ChunkRef(frame.chunk), frame.begin, frame.end};
}

// Not the first frame of a chunk: a hot channel has gone on to that one, and the next frames join.
// And no more in a row than fills a chunk of own bytes: a hot channel that was interrupted once is
// shared again after that.
bool Outbox::worth_copying(const Frame& frame) const {
  if (frame.size() > kCopyMax) return false;
  if (tail_is_own()) return own_->room() >= frame.size();
  const bool first = tail_.size() == 0;
  return frame.begin > 0 && !first && !blocked_;
}

// Frame by frame, because the copy too must know where each begins.
void Outbox::copy(const Range& range) {
  std::uint32_t at = range.begin;
  while (at < range.end) {
    const bool begins_frame = range.chunk->next_frame(at) == at;
    const std::uint32_t end = std::min(range.chunk->next_frame(at + 1), range.end);
    copy({range.chunk->bytes() + at, end - at}, begins_frame);
    at = end;
  }
}

// What is copied out of the tail lies before these bytes, so it goes first.
void Outbox::copy(std::string_view bytes, bool begins_frame) {
  unpin_tail();
  while (!bytes.empty()) {
    if (!own_ || own_->room() == 0) {
      const bool large = bytes.size() > ChunkPool::kSharedBytes / 2;
      own_ = pool_.take(large ? ChunkPool::kSharedBytes : ChunkPool::kOwnBytes);
    }
    const std::size_t n = std::min<std::size_t>(bytes.size(), own_->room());
    const std::uint32_t begin = begins_frame ? own_->take_frame(n) : own_->take(n);
    begins_frame = false;
    std::memcpy(own_->bytes() + begin, bytes.data(), n);
    const auto end = static_cast<std::uint32_t>(begin + n);
    Range* last = last_range();
    if (last && last->chunk.get() == own_.get() && last->end == begin) {
      last->end = end;
    } else {
      push_tail();
      tail_ = {own_, begin, end};
    }
    bytes.remove_prefix(n);
  }
}

Outbox::Range* Outbox::last_range() {
  if (tail_.size() > 0) return &tail_;
  return head_ < ranges_.size() ? &ranges_.back() : nullptr;
}

bool Outbox::pins_too_much(const Range& range) const {
  return range.chunk.get() != own_.get() && range.chunk->capacity() > ChunkPool::kOwnBytes &&
         range.size() <= range.chunk->capacity() / kUnpinShare;
}

void Outbox::unpin_tail() {
  if (!blocked_ || tail_.size() == 0 || !pins_too_much(tail_)) return;
  const Range range = std::exchange(tail_, {});
  copy(range);
}

void Outbox::push_tail() {
  if (tail_.size() > 0) ranges_.push_back(std::exchange(tail_, {}));
}

std::size_t Outbox::buffers(std::span<iovec> buffers) const {
  std::size_t used = 0;
  for (std::size_t i = head_; i < ranges_.size() && used < buffers.size(); ++i) {
    const Range& range = ranges_[i];
    buffers[used++] = {range.chunk->bytes() + range.begin, range.size()};
  }
  if (used < buffers.size() && tail_.size() > 0) {
    buffers[used++] = {tail_.chunk->bytes() + tail_.begin, tail_.size()};
  }
  return used;
}

void Outbox::consume(std::size_t n) {
  bytes_ -= n;
  bytes_out_ += n;
  if (bytes_ == 0) {
    clear();
    return;
  }
  while (n > 0) {
    Range& range = head_ < ranges_.size() ? ranges_[head_] : tail_;
    const std::size_t taken = std::min(n, range.size());
    range.begin += static_cast<std::uint32_t>(taken);
    n -= taken;
    if (range.size() > 0) break;
    range.chunk = {};
    ++head_;
  }
  // Sliding only when half is gone keeps this linear in the number of ranges.
  if (head_ > 16 && head_ * 2 > ranges_.size()) {
    ranges_.erase(ranges_.begin(), ranges_.begin() + head_);
    head_ = 0;
  }
}

// The ranges are rebuilt in order: small ones become own bytes, the others stay. A large chunk of
// own bytes is let go like a shared one.
void Outbox::blocked() {
  blocked_ = true;
  if (own_ && own_->capacity() > ChunkPool::kOwnBytes) own_ = {};
  std::vector<Range> old = std::exchange(ranges_, {});
  const std::size_t first = std::exchange(head_, 0);
  if (tail_.size() > 0) old.push_back(std::exchange(tail_, {}));
  for (std::size_t i = first; i < old.size(); ++i) {
    push_tail();
    if (pins_too_much(old[i])) {
      copy(old[i]);
    } else {
      tail_ = std::move(old[i]);
    }
  }
}

void Outbox::keep_started_frame() {
  std::vector<Range> old = std::exchange(ranges_, {});
  const std::size_t first = std::exchange(head_, 0);
  if (tail_.size() > 0) old.push_back(std::exchange(tail_, {}));
  bytes_ = 0;
  own_ = {};
  for (std::size_t i = first; i < old.size(); ++i) {
    Range& range = old[i];
    const std::uint32_t border = range.chunk->next_frame(range.begin);
    const bool ends_here = border < range.end;
    range.end = std::min(border, range.end);
    bytes_ += range.size();
    if (range.size() > 0) ranges_.push_back(std::move(range));
    if (ends_here) break;
  }
}

void Outbox::clear() {
  bytes_ = 0;
  tail_ = {};
  head_ = 0;
  blocked_ = false;
  own_ = {};
  ranges_.clear();
  if (ranges_.capacity() > 8) ranges_.shrink_to_fit();
}

}  // namespace parley
