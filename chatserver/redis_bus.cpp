#include "chatserver/redis_bus.h"

#include <utility>
#include <vector>

#include "common/resp_writer.h"

namespace parley::chat {

RedisBus::RedisBus(Loop& loop, Log& log, const RedisUrl& url, std::size_t history_size)
    : log_(log),
      dialect_(history_size),
      subscribing_(loop, log, url, "subscribing", *this),
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

// --- requests ---

void RedisBus::publish(const std::string& room, std::string_view message_id,
                       std::string_view payload, Published done) {
  if (stores_ >= kUnansweredMax || store_bytes_ + payload.size() > kUnansweredBytesMax) {
    done({"too many messages wait for the bus"}, {});
    return;
  }
  ++stores_;
  store_bytes_ += payload.size();
  Store store{room, std::string(message_id), std::string(payload), std::move(done), false};
  if (may_store()) {
    send(std::move(store));
  } else {
    waiting_.push_back(std::move(store));
  }
}

void RedisBus::announce(const std::string& room, std::string_view payload, Published done) {
  if (!publishing_.up()) {
    done({"the bus is away"}, {});
  } else if (unanswered_.size() >= kUnansweredMax) {
    done({"too many messages wait for the bus"}, {});
  } else {
    publishing_.request({"PUBLISH", channel_of(room), payload});
    unanswered_.emplace_back(Announcement{std::move(done)});
  }
}

void RedisBus::read_history(const std::string& room, const HistoryRequest& request,
                            HistoryRead done) {
  if (!ready()) {
    done({"the bus is away"}, {});
  } else if (unanswered_.size() >= kUnansweredMax) {
    done({"too many requests wait for the bus"}, {});
  } else {
    send(Reading{room, request, std::move(done)});
  }
}

void RedisBus::expect_nothing(int replies) {
  for (int i = 0; i < replies; ++i) unanswered_.emplace_back(Nothing{});
}

void RedisBus::send(Store store) {
  request_.clear();
  dialect_.append_publish(request_, store.room, store.message_id, store.payload);
  publishing_.request_encoded(request_);
  unanswered_.emplace_back(std::move(store));
}

void RedisBus::send(Reading reading) {
  // The server may have lost its streams. If this turned out to be missing only now, it would be
  // read again behind what waits to be stored.
  if (comes_up_ && reading.request.creates && dialect_.has_xpublish()) create(reading.room);
  request_.clear();
  dialect_.append_read(request_, reading.room, reading.request);
  publishing_.request_encoded(request_);
  expect_nothing(dialect_.read_replies() - 1);
  unanswered_.emplace_back(std::move(reading));
}

void RedisBus::ask_questions() {
  publishing_.request_encoded(RedisDialect::questions());
  for (int number = 0; number < RedisDialect::kQuestions; ++number) {
    unanswered_.emplace_back(Question{number});
  }
  questions_open_ += RedisDialect::kQuestions;
}

void RedisBus::send_waiting() {
  while (may_store() && !waiting_.empty()) {
    Store store = std::move(waiting_.front());
    waiting_.pop_front();
    send(std::move(store));
  }
}

// --- answers ---

void RedisBus::answered(const resp::Reply& reply) {
  if (unanswered_.empty()) return;
  Request request = std::move(unanswered_.front());
  unanswered_.pop_front();
  std::visit([&](auto& kind) { answer(kind, reply); }, request);
}

void RedisBus::answer(Question& question, const resp::Reply& reply) {
  dialect_.learn(question.number, reply);
  if (--questions_open_ > 0) return;
  questions_answered_ = true;
  send_waiting();
  tell_state();
}

void RedisBus::answer(Store& store, const resp::Reply& reply) {
  Position position;
  const RedisDialect::Answer answer = dialect_.read_published(reply, position);
  // Those that were sent behind it come back the same way before anything new is sent: they keep
  // their order.
  if (answer.no_script && !std::exchange(store.mended, true)) {
    mend(store.room, answer);
    send(std::move(store));
    return;
  }
  --stores_;
  store_bytes_ -= store.payload.size();
  if (!answer.error.empty()) log_.debug("bus: a message is not stored: {}", answer.error);
  store.done({answer.error}, position);
}

void RedisBus::answer(Announcement& announcement, const resp::Reply& reply) {
  BusError error;
  if (reply[0].kind == resp::ReplyKind::kError) error.text = reply[0].text;
  announcement.done(error, {});
}

void RedisBus::answer(Reading& reading, const resp::Reply& reply) {
  HistoryPage page;
  const RedisDialect::Answer answer = dialect_.read_page(reply, page);
  if (answer.no_stream && !reading.request.creates) {
    reading.done({}, {});
    return;
  }
  if ((answer.no_script || answer.no_stream) && !std::exchange(reading.mended, true)) {
    mend(reading.room, answer);
    send(std::move(reading));
    return;
  }
  reading.done({answer.error}, std::move(page));
}

// What is asked next on the same link finds it mended.
void RedisBus::mend(const std::string& room, const RedisDialect::Answer& answer) {
  if (answer.no_script) {
    if (questions_open_ == 0) ask_questions();
  } else {
    create(room);
  }
}

void RedisBus::create(const std::string& room) {
  request_.clear();
  RedisDialect::append_create(request_, room);
  publishing_.request_encoded(request_);
  expect_nothing(RedisDialect::kCreateReplies);
}

// --- links ---

void RedisBus::link_reply(RedisLink& link, const resp::Reply& reply) {
  if (&link == &publishing_) {
    answered(reply);
  } else if (reply.size() == 4 && reply[1].text == "message") {
    const auto room = room_of(reply[2].text);
    if (!room) return;
    std::string_view payload = reply[3].text;
    const Position position = take_stamp(payload);
    sink_->bus_message(*room, position, payload);
  } else if (reply.size() == 4 && reply[1].text == "subscribe") {
    confirmed(reply[2].text);
  }
}

void RedisBus::link_up(RedisLink& link) {
  if (&link == &subscribing_) {
    subscribe_again();
  } else {
    ask_questions();
  }
  tell_state();
}

// Messages without an answer wait for the next connection, before those that came after them.
void RedisBus::link_down(RedisLink& link) {
  if (&link == &publishing_) questions_answered_ = false;
  tell_state();
  if (&link == &subscribing_) {
    unconfirmed_.clear();
    return;
  }
  questions_open_ = 0;
  std::deque<Request> lost = std::exchange(unanswered_, {});
  for (auto request = lost.rbegin(); request != lost.rend(); ++request) {
    if (auto* store = std::get_if<Store>(&*request)) waiting_.push_front(std::move(*store));
  }
  const BusError gone{"the bus went away before it answered"};
  for (Request& request : lost) {
    if (auto* announcement = std::get_if<Announcement>(&request)) announcement->done(gone, {});
    if (auto* reading = std::get_if<Reading>(&request)) reading->done(gone, {});
  }
}

void RedisBus::link_quiet(RedisLink& link) {
  link.request({"PING"});
  if (&link == &publishing_) expect_nothing(1);
}

void RedisBus::tell_state() {
  // A server that forgot the scripts is not away while they are loaded again.
  const bool links_up = subscribing_.up() && publishing_.up() && questions_answered_;
  const bool up = links_up && unconfirmed_.empty();
  // New rooms are confirmed one by one; only an outage counts as away.
  if (up == was_up_ || (was_up_ && links_up)) return;
  was_up_ = up;
  comes_up_ = up;
  sink_->bus_state(up);  // where each room stands is read before anything is stored
  comes_up_ = false;
  send_waiting();
}

}  // namespace parley::chat
