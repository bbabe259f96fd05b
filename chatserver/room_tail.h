#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
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
  static constexpr std::size_t kBytesMax = 256 * 1024;

  struct Message {
    std::uint64_t offset;
    std::string json;  // the Publication object
  };

  /// Empty, behind this offset.
  void begin(std::uint64_t from);
  /// The next message.
  void push(std::uint64_t offset, std::string json);
  /// The newest messages of history in rising order, read with a limit: fewer than that, and there
  /// are no others.
  void fill(std::vector<Message> newest, std::size_t limit);

  bool covers(std::uint64_t after) const { return after >= from_; }
  /// Whether it holds the n newest messages, or all that there are.
  bool holds_newest(std::size_t n) const { return from_ == 0 || messages_.size() >= n; }
  /// Those behind an offset that it covers; good until the next change.
  std::vector<std::string_view> after(std::uint64_t offset) const;
  std::vector<std::string_view> newest(std::size_t n) const;
  const std::deque<Message>& messages() const { return messages_; }
  std::size_t bytes() const { return bytes_; }

 private:
  void shrink();

  std::deque<Message> messages_;
  std::uint64_t from_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace parley::chat
