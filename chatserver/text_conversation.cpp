#include "chatserver/text_conversation.h"

#include <boost/asio/post.hpp>

#include "chatserver/identifier.h"

namespace parley::chat {

TextConversation::TextConversation(Wire& wire, Rooms& rooms, std::string room, std::string name,
                                   std::size_t newest, const ClientRules& rules)
    : wire_(wire),
      rooms_(rooms),
      room_(std::move(room)),
      newest_(newest),
      rate_(rules.messages_per_second),
      ping_interval_(rules.ping_interval),
      author_{random_uuid(), std::move(name)},
      member_(rooms, wire.writer(), WireForm::kText, *this) {}

void TextConversation::open() {
  pinged_at_ = wire_.writer().loop().now();
  rooms_.join(room_, member_, {.newest = newest_});
}

void TextConversation::joined(Member&, const Joined& joined) {
  for (const std::string_view text : joined.publications) wire_.send(text);
  if (early_.empty()) {
    joined_ = true;
    return;
  }
  // Only when the room has let the member in: a bus may bring a message before its publication
  // returns, and it must come back to its sender.
  boost::asio::post(wire_.writer().loop().io(), [this, alive = std::weak_ptr(alive_)] {
    if (alive.expired()) return;
    joined_ = true;
    for (const std::string& text : early_) publish(text);
    early_ = {};
  });
}

void TextConversation::receive(std::string_view message, bool is_text) {
  if (!is_text) {
    wire_.close(kUnsupportedData, "send text frames, not binary ones");
  } else if (message.empty()) {
    return;
  } else if (!rate_.allow(wire_.writer().loop().now())) {
    rooms_.count_too_fast();
    wire_.send("* not sent: at most " + std::to_string(rate_.per_second()) + " messages a second");
  } else if (joined_) {
    publish(message);
  } else if ((early_bytes_ += message.size()) > kEarlyBytesMax) {
    wire_.close(kTryAgainLater, "the room is not ready and too much waits for it");
  } else {
    early_.emplace_back(message);
  }
}

void TextConversation::publish(std::string_view text) {
  const std::weak_ptr<char> alive = alive_;
  auto done = [this, alive](const BusError& error, const Position&) {
    if (alive.expired()) return;
    --unanswered_;
    if (error) wire_.send("* not sent: " + error.text);
  };
  ++unanswered_;
  const std::string id = random_id();
  const std::string payload = encode_text(text, id, author_, wall_clock_ms());
  rooms_.publish(room_, id, payload, std::move(done));
}

void TextConversation::check_time(Loop::Clock::time_point now) {
  if (ping_unanswered_ && now - pinged_at_ > kPongTimeout) {
    wire_.close(kPolicyViolation, "no answer to a ping");
  } else if (!ping_unanswered_ && now - pinged_at_ > ping_interval_) {
    ping_unanswered_ = true;
    pinged_at_ = now;
    wire_.ping();
  }
}

}  // namespace parley::chat
