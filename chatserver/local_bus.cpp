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

void LocalBus::publish(const std::string& room, std::string_view payload, Published done) {
  if (rooms_.contains(room)) sink_->bus_message(room, {}, payload);
  done({}, {});
}

}  // namespace parley::chat
