#include "chatserver/local_bus.h"

namespace parley::chat {

void LocalBus::start(Sink& sink) {
  sink_ = &sink;
  sink.bus_state(true);
}

void LocalBus::subscribe(const std::string& room, Subscribed done) {
  rooms_.insert(room);
  done({});
}

void LocalBus::unsubscribe(const std::string& room) {
  rooms_.erase(room);
}

void LocalBus::publish(const std::string& room, std::string_view message_id,
                       std::string_view payload, Published done) {
  const auto [position, is_new] =
      histories_.of(room).add({std::string(message_id), std::string(payload), {}});
  if (is_new && rooms_.contains(room)) sink_->bus_message(room, position, payload);
  done({}, position);
}

void LocalBus::announce(const std::string& room, std::string_view payload, Published done) {
  if (rooms_.contains(room)) sink_->bus_message(room, {}, payload);
  done({}, {});
}

void LocalBus::read_history(const std::string& room, const HistoryRequest& request,
                            HistoryRead done) {
  // To ask makes no room, which would drive out another.
  const RoomHistory* history = rooms_.contains(room) ? &histories_.of(room) : histories_.find(room);
  done({}, history ? history->read(request) : HistoryPage{});
}

}  // namespace parley::chat
