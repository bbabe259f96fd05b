#pragma once

#include <boost/container/deque.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <functional>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "chatserver/bus.h"

namespace parley::chat {

/// Where a message comes from, in a mesh: it is the `sequence`th of a run of messages of a server
/// in a room. A server that forgets a room begins a later run. All zero where there is no mesh.
struct Origin {
  std::uint64_t server = 0;
  std::uint64_t run = 0;
  std::uint64_t sequence = 0;
  std::int64_t at_ms = 0;  // by the server's clock; never goes back within a run
  bool operator==(const Origin&) const = default;
};

/// The newest messages of one room, in memory: numbered without a hole within an epoch, none of
/// them twice by its id.
class RoomHistory {
 public:
  /// Most bytes of messages that are kept.
  static constexpr std::size_t kBytesMax = 1024 * 1024;

  struct Message {
    std::string id;
    std::string payload;
    Origin origin;
  };
  struct Added {
    Position position;  // of the first message with this id
    bool is_new;
  };

  explicit RoomHistory(std::size_t messages_max);

  Added add(Message message);
  /// Under a new epoch, with these messages and no others.
  void begin_anew(std::vector<Message> messages);

  HistoryPage read(const HistoryRequest& request) const;
  Position top() const { return {epoch_, top_}; }
  bool knows(std::string_view id) const { return offsets_.contains(std::string(id)); }
  const boost::container::deque<Message>& messages() const { return messages_; }

 private:
  void forget_oldest();

  std::size_t messages_max_;
  std::string epoch_;
  std::uint64_t top_ = 0;
  boost::container::deque<Message> messages_;  // the last one is at top
  std::size_t bytes_ = 0;
  boost::unordered_flat_map<std::string, std::uint64_t> offsets_;  // by message id
};

/// The histories of all rooms. The room that has been silent for longest is forgotten first, and
/// begins anew with another epoch.
class RoomHistories {
 public:
  static constexpr std::size_t kRoomsMax = 10'000;
  using Forgotten = std::function<void(const std::string& room)>;

  explicit RoomHistories(std::size_t messages_max, Forgotten forgotten = {})
      : messages_max_(messages_max), forgotten_(std::move(forgotten)) {}

  /// Made if there is none. Good until the next call.
  RoomHistory& of(const std::string& room);
  /// Without a claim that the room was used.
  const RoomHistory* find(const std::string& room) const;

 private:
  struct Entry {
    std::string room;
    RoomHistory history;
  };

  std::size_t messages_max_;
  Forgotten forgotten_;
  std::list<Entry> entries_;  // the one used last is first
  std::unordered_map<std::string, std::list<Entry>::iterator> by_room_;
};

}  // namespace parley::chat
