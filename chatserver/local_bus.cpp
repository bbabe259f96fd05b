#include "chatserver/local_bus.h"

#include <algorithm>

#include "chatserver/identifier.h"

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

LocalBus::Stream& LocalBus::stream_of(const std::string& room) {
  const auto found = by_room_.find(room);
  if (found != by_room_.end()) {
    streams_.splice(streams_.begin(), streams_, found->second);
    return streams_.front();
  }
  streams_.push_front({room, random_id(), 0, {}, 0, {}});
  by_room_[room] = streams_.begin();
  if (streams_.size() > kRoomsMax) {
    by_room_.erase(streams_.back().room);
    streams_.pop_back();
  }
  return streams_.front();
}

void LocalBus::forget_oldest(Stream& stream) {
  const Stream::Message& oldest = stream.messages.front();
  stream.bytes -= oldest.payload.size();
  stream.offsets.erase(oldest.id);
  stream.messages.pop_front();
}

void LocalBus::publish(const std::string& room, std::string_view message_id,
                       std::string_view payload, Published done) {
  Stream& stream = stream_of(room);
  const auto [place, is_new] = stream.offsets.try_emplace(std::string(message_id), stream.top + 1);
  const Position position{stream.epoch, place->second};
  if (is_new) {
    ++stream.top;
    stream.messages.push_back({std::string(message_id), std::string(payload)});
    stream.bytes += payload.size();
    while (stream.messages.size() > history_size_ || stream.bytes > kBytesMax) {
      forget_oldest(stream);
    }
    if (rooms_.contains(room)) sink_->bus_message(room, position, payload);
  }
  done({}, position);
}

void LocalBus::announce(const std::string& room, std::string_view payload, Published done) {
  if (rooms_.contains(room)) sink_->bus_message(room, {}, payload);
  done({}, {});
}

void LocalBus::read_history(const std::string& room, const HistoryRequest& request,
                            HistoryRead done) {
  const Stream& stream = stream_of(room);
  HistoryPage page{{stream.epoch, stream.top}, {}};
  const std::uint64_t before_first = stream.top - stream.messages.size();
  const auto add = [&](std::uint64_t offset) {
    page.messages.push_back({offset, stream.messages[offset - before_first - 1].payload});
  };
  if (request.newest_first) {
    std::uint64_t end = std::min(request.since.value_or(UINT64_MAX), stream.top + 1);
    while (end > before_first + 1 && page.messages.size() < request.limit) add(--end);
  } else {
    const std::uint64_t since = std::max(request.since.value_or(0), before_first);
    for (std::uint64_t offset = since + 1;
         offset <= stream.top && page.messages.size() < request.limit; ++offset) {
      add(offset);
    }
  }
  done({}, std::move(page));
}

}  // namespace parley::chat
