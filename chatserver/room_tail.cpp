#include "chatserver/room_tail.h"

#include <algorithm>
#include <iterator>

namespace parley::chat {

void RoomTail::begin(std::uint64_t from) {
  messages_ = {};
  bytes_ = 0;
  from_ = from;
}

void RoomTail::push(Message message) {
  bytes_ += message.bytes();
  messages_.push_back(std::move(message));
  shrink();
}

bool RoomTail::fill(std::vector<Message> newest, std::size_t limit, std::uint64_t top) {
  if (top < from_) return false;
  const bool all = newest.size() < limit;
  const std::uint64_t from = all || newest.empty() ? 0 : newest.front().offset - 1;
  if (from >= from_) return true;
  const auto known =
      std::ranges::find_if(newest, [&](const Message& message) { return message.offset > from_; });
  for (auto message = known; message != newest.begin();) {
    --message;
    bytes_ += message->bytes();
    messages_.push_front(std::move(*message));
  }
  from_ = from;
  return true;
}

void RoomTail::shrink() {
  while (messages_.size() > kMessagesMax || bytes_ > kBytesMax) {
    from_ = messages_.front().offset;
    bytes_ -= messages_.front().bytes();
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
  return newest(n, &Message::json);
}

std::vector<std::string_view> RoomTail::newest_texts(std::size_t n) const {
  return newest(n, &Message::text);
}

std::vector<std::string_view> RoomTail::newest(std::size_t n, std::string Message::* form) const {
  std::vector<std::string_view> found;
  std::size_t bytes = 0;
  for (std::size_t i = messages_.size(); i > 0 && found.size() < n; --i) {
    const std::string& message = messages_[i - 1].*form;
    bytes += message.size();
    if (!found.empty() && bytes > kBytesMax) break;
    found.emplace_back(message);
  }
  std::ranges::reverse(found);
  return found;
}

}  // namespace parley::chat
