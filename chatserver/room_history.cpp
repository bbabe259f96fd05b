#include "chatserver/room_history.h"

#include <algorithm>

#include "chatserver/identifier.h"

namespace parley::chat {

RoomHistory::RoomHistory(std::size_t messages_max)
    : messages_max_(messages_max), epoch_(random_id()) {}

RoomHistory::Added RoomHistory::add(Message message) {
  const auto [place, is_new] = offsets_.try_emplace(message.id, top_ + 1);
  const Position position{epoch_, place->second};
  if (!is_new) return {position, false};
  ++top_;
  bytes_ += message.payload.size();
  messages_.push_back(std::move(message));
  while (messages_.size() > messages_max_ || bytes_ > kBytesMax) forget_oldest();
  return {position, true};
}

void RoomHistory::forget_oldest() {
  bytes_ -= messages_.front().payload.size();
  offsets_.erase(messages_.front().id);
  messages_.pop_front();
}

void RoomHistory::begin_anew(std::vector<Message> messages) {
  epoch_ = random_id();
  top_ = 0;
  bytes_ = 0;
  messages_.clear();
  offsets_.clear();
  for (Message& message : messages) add(std::move(message));
}

HistoryPage RoomHistory::read(const HistoryRequest& request) const {
  HistoryPage page{top(), {}};
  const std::uint64_t before_first = top_ - messages_.size();
  const auto take = [&](std::uint64_t offset) {
    page.messages.push_back({offset, messages_[offset - before_first - 1].payload});
  };
  if (request.newest_first) {
    std::uint64_t end = std::min(request.since.value_or(UINT64_MAX), top_ + 1);
    while (end > before_first + 1 && page.messages.size() < request.limit) take(--end);
  } else {
    std::uint64_t offset = std::max(request.since.value_or(0), before_first);
    while (offset < top_ && page.messages.size() < request.limit) take(++offset);
  }
  return page;
}

RoomHistory& RoomHistories::of(const std::string& room) {
  const auto found = by_room_.find(room);
  if (found != by_room_.end()) {
    entries_.splice(entries_.begin(), entries_, found->second);
    return entries_.front().history;
  }
  entries_.push_front({room, RoomHistory(messages_max_)});
  by_room_[room] = entries_.begin();
  if (entries_.size() > kRoomsMax) {
    const std::string oldest = std::move(entries_.back().room);
    by_room_.erase(oldest);
    entries_.pop_back();
    if (forgotten_) forgotten_(oldest);
  }
  return entries_.front().history;
}

const RoomHistory* RoomHistories::find(const std::string& room) const {
  const auto found = by_room_.find(room);
  return found == by_room_.end() ? nullptr : &found->second->history;
}

}  // namespace parley::chat
