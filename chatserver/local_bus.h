#pragma once

#include <string>
#include <unordered_set>

#include "chatserver/bus.h"
#include "chatserver/room_history.h"

namespace parley::chat {

/// The bus of a server that is alone: what is published comes back at once. It keeps the newest
/// messages of each room in memory, for as long as the process lives.
class LocalBus final : public Bus {
 public:
  explicit LocalBus(std::size_t history_size) : histories_(history_size) {}

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
  Sink* sink_ = nullptr;
  std::unordered_set<std::string> rooms_;
  RoomHistories histories_;
};

}  // namespace parley::chat
