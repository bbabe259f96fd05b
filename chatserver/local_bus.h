#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <deque>
#include <list>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "chatserver/bus.h"

namespace parley::chat {

/// The bus of a server that is alone: what is published comes back at once. It keeps the newest
/// messages of each room in memory, for as long as the process lives.
class LocalBus final : public Bus {
 public:
  /// What is kept: of one room, and of how many rooms; the room that has been silent for longest is
  /// forgotten first, and begins anew with another epoch.
  static constexpr std::size_t kBytesMax = 1024 * 1024;
  static constexpr std::size_t kRoomsMax = 10'000;

  explicit LocalBus(std::size_t history_size) : history_size_(history_size) {}

  void start(Sink& sink) override;
  void subscribe(const std::string& room, Subscribed done) override;
  void unsubscribe(const std::string& room) override;
  void publish(const std::string& room, std::string_view message_id, std::string_view payload,
               Published done) override;
  void announce(const std::string& room, std::string_view payload, Published done) override;
  void read_history(const std::string& room, const HistoryRequest& request,
                    HistoryRead done) override;
  bool up() const override { return true; }

 private:
  struct Stream {
    struct Message {
      std::string id;
      std::string payload;
    };
    std::string room;
    std::string epoch;
    std::uint64_t top = 0;
    std::deque<Message> messages;  // the last one is at top
    std::size_t bytes = 0;
    boost::unordered_flat_map<std::string, std::uint64_t> offsets;  // by message id
  };

  Stream& stream_of(const std::string& room);
  void forget_oldest(Stream& stream);

  std::size_t history_size_;
  Sink* sink_ = nullptr;
  std::unordered_set<std::string> rooms_;
  std::list<Stream> streams_;  // the one used last is first
  std::unordered_map<std::string, std::list<Stream>::iterator> by_room_;
};

}  // namespace parley::chat
