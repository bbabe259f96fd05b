#include "chatserver/room_tail.h"

#include <algorithm>
#include <iterator>

namespace parley::chat {

void RoomTail::begin(std::uint64_t from) {
  messages_ = {};
  bytes_ = 0;
  from_ = from;
}

void RoomTail::push(std::uint64_t offset, std::string json) {
  bytes_ += json.size();
  messages_.push_back({offset, std::move(json)});
  shrink();
}

void RoomTail::fill(std::vector<Message> newest, std::size_t limit) {
  const bool all = newest.size() < limit;
  const std::uint64_t from = all || newest.empty() ? 0 : newest.front().offset - 1;
  if (from >= from_) return;
  const auto known =
      std::ranges::find_if(newest, [&](const Message& message) { return message.offset > from_; });
  for (auto message = known; message != newest.begin();) {
    --message;
    bytes_ += message->json.size();
    messages_.push_front(std::move(*message));
  }
  from_ = from;
  shrink();
}

void RoomTail::shrink() {
  while (messages_.size() > kMessagesMax || bytes_ > kBytesMax) {
    from_ = messages_.front().offset;
    bytes_ -= messages_.front().json.size();
    messages_.pop_front();
  }
}

std::vector<std::string_view> RoomTail::after(std::uint64_t offset) const {
  const auto first = std::ranges::upper_bound(messages_, offset, {}, &Message::offset);
  std::vector<std::string_view> found;
  for (auto message = first; message != messages_.end(); ++message) found.push_back(message->json);
  return found;
}

std::vector<std::string_view> RoomTail::newest(std::size_t n) const {
  const std::size_t count = std::min(n, messages_.size());
  std::vector<std::string_view> found;
  for (std::size_t i = messages_.size() - count; i < messages_.size(); ++i) {
    found.push_back(messages_[i].json);
  }
  return found;
}

}  // namespace parley::chat
