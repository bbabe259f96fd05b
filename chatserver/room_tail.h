#pragma once

#include <boost/container/deque.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace parley::chat {

/// The newest messages of a room, encoded as they go out, so that those who come back or ask for
/// the latest ones need no reading on the bus.
///
/// It holds all that history has behind an offset, from() - what was removed from history leaves
/// no hole here. Bounded in number and bytes; the oldest go first. Owned by its room.
class RoomTail {
 public:
  static constexpr std::size_t kMessagesMax = 300;
  static constexpr std::size_t kBytesMax = 384 * 1024;

  struct Message {
    std::uint64_t offset;
    std::string json;  // the Publication object
    std::string text;  // the same in plain text
    std::size_t bytes() const { return json.size() + text.size(); }
  };

  /// Empty, behind this offset.
  void begin(std::uint64_t from);
  /// The next message.
  void push(Message message);
  /// The newest messages of history up to its `top`, in rising order, read with a limit: fewer than
  /// that, and there are no others. False, and nothing is taken, if some are missing between them
  /// and what it holds.
  bool fill(std::vector<Message> newest, std::size_t limit, std::uint64_t top);
  /// Back to its bounds: fill() passes them, so that those who wait get what was read.
  void shrink();

  bool covers(std::uint64_t after) const { return after >= from_; }
  /// Whether it holds the n newest messages, or all that there are.
  bool holds_newest(std::size_t n) const { return from_ == 0 || messages_.size() >= n; }
  /// Those behind an offset that it covers, whatever their size. All are good until the next
  /// change.
  std::vector<std::string_view> after(std::uint64_t offset) const;
  /// Of newest ones at most kBytesMax, but one if there is any.
  std::vector<std::string_view> newest(std::size_t n) const;
  std::vector<std::string_view> newest_texts(std::size_t n) const;
  const boost::container::deque<Message>& messages() const { return messages_; }
  std::size_t bytes() const { return bytes_; }

 private:
  std::vector<std::string_view> newest(std::size_t n, std::string Message::* form) const;

  boost::container::deque<Message> messages_;
  std::uint64_t from_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace parley::chat
