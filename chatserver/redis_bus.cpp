#include "chatserver/redis_bus.h"

#include <vector>

#include "common/resp_writer.h"

namespace parley::chat {

namespace {

constexpr std::string_view kChannelPrefix = "chat.";

std::string channel_of(std::string_view room) {
  return std::string(kChannelPrefix).append(room);
}

std::string_view room_of(std::string_view channel) {
  return channel.substr(kChannelPrefix.size());
}

}  // namespace

RedisBus::RedisBus(Loop& loop, Log& log, const RedisUrl& url)
    : subscribing_(loop, log, url, "subscribing", *this),
      publishing_(loop, log, url, "publishing", *this) {}

void RedisBus::start(Sink& sink) {
  sink_ = &sink;
  subscribing_.start();
  publishing_.start();
}

// --- rooms ---

void RedisBus::subscribe(const std::string& room, Subscribed done) {
  const std::string channel = channel_of(room);
  subscriptions_[channel].done = std::move(done);
  if (!subscribing_.up()) return;
  ++unconfirmed_[channel];
  subscribing_.request({"SUBSCRIBE", channel});
}

void RedisBus::unsubscribe(const std::string& room) {
  const std::string channel = channel_of(room);
  subscriptions_.erase(channel);
  if (subscribing_.up()) subscribing_.request({"UNSUBSCRIBE", channel});
}

void RedisBus::subscribe_again() {
  std::vector<std::string_view> batch;
  const auto send = [&] {
    std::string request;
    resp::append_header(request, '*', static_cast<std::int64_t>(batch.size() + 1));
    resp::append_bulk(request, "SUBSCRIBE");
    for (std::string_view channel : batch) resp::append_bulk(request, channel);
    subscribing_.request_encoded(request);
    batch.clear();
  };
  for (const auto& [channel, subscription] : subscriptions_) {
    ++unconfirmed_[channel];
    batch.push_back(channel);
    if (batch.size() == kChannelsPerRequest) send();
  }
  if (!batch.empty()) send();
}

void RedisBus::confirmed(std::string_view name) {
  const auto waiting = unconfirmed_.find(std::string(name));
  if (waiting == unconfirmed_.end()) return;
  if (--waiting->second > 0) return;
  unconfirmed_.erase(waiting);
  const auto found = subscriptions_.find(std::string(name));
  if (found != subscriptions_.end() && found->second.done) {
    std::exchange(found->second.done, nullptr)({});
  }
  tell_state();
}

// --- messages ---

void RedisBus::publish(const std::string& room, std::string_view payload, Published done) {
  if (!publishing_.up()) {
    done({"the bus is away"}, {});
  } else if (unanswered_.size() >= kUnansweredMax) {
    done({"too many messages wait for the bus"}, {});
  } else {
    unanswered_.push_back(std::move(done));
    publishing_.request({"PUBLISH", channel_of(room), payload});
  }
}

void RedisBus::answered(const resp::Reply& reply) {
  if (unanswered_.empty()) return;
  const Published done = std::move(unanswered_.front());
  unanswered_.pop_front();
  if (!done) return;
  BusError error;
  if (reply[0].kind == resp::ReplyKind::kError) error.text = reply[0].text;
  done(error, {});
}

// --- links ---

void RedisBus::link_reply(RedisLink& link, const resp::Reply& reply) {
  if (&link == &publishing_) {
    answered(reply);
  } else if (reply.size() == 4 && reply[1].text == "message" &&
             reply[2].text.starts_with(kChannelPrefix)) {
    sink_->bus_message(room_of(reply[2].text), {}, reply[3].text);
  } else if (reply.size() == 4 && reply[1].text == "subscribe") {
    confirmed(reply[2].text);
  }
}

void RedisBus::link_up(RedisLink& link) {
  if (&link == &subscribing_) subscribe_again();
  tell_state();
}

void RedisBus::link_down(RedisLink& link) {
  tell_state();
  if (&link == &subscribing_) {
    unconfirmed_.clear();
    return;
  }
  const auto lost = std::exchange(unanswered_, {});
  for (const Published& done : lost) {
    if (done) done({"the bus went away before it answered"}, {});
  }
}

void RedisBus::link_quiet(RedisLink& link) {
  link.request({"PING"});
  if (&link == &publishing_) unanswered_.emplace_back();
}

void RedisBus::tell_state() {
  const bool up = subscribing_.up() && publishing_.up() && unconfirmed_.empty();
  // New rooms are confirmed one by one; only an outage counts as away.
  if (up == was_up_ || (was_up_ && subscribing_.up() && publishing_.up())) return;
  was_up_ = up;
  sink_->bus_state(up);
}

}  // namespace parley::chat
