#pragma once

#include <deque>
#include <string>
#include <unordered_map>

#include "chatserver/bus.h"
#include "chatserver/redis_link.h"

namespace parley::chat {

/// The bus over a server of the Redis protocol: parley-broker, Redis or Valkey. Room `lobby` is
/// channel `chat.lobby`. One link subscribes, the other does everything else.
class RedisBus final : public Bus, private RedisLink::Owner {
 public:
  /// Most channels of one SUBSCRIBE after a reconnect.
  static constexpr std::size_t kChannelsPerRequest = 500;
  /// Most messages that may wait for an answer of the server.
  static constexpr std::size_t kUnansweredMax = 100'000;

  RedisBus(Loop& loop, Log& log, const RedisUrl& url);

  void start(Sink& sink) override;
  void subscribe(const std::string& room, Subscribed done) override;
  void unsubscribe(const std::string& room) override;
  void publish(const std::string& room, std::string_view payload, Published done) override;
  bool up() const override { return was_up_; }

 private:
  struct Subscription {
    Subscribed done;  // until the server has confirmed
  };

  void link_up(RedisLink& link) override;
  void link_down(RedisLink& link) override;
  void link_reply(RedisLink& link, const resp::Reply& reply) override;
  void link_quiet(RedisLink& link) override;

  void subscribe_again();
  void confirmed(std::string_view channel);
  void answered(const resp::Reply& reply);
  void tell_state();

  Sink* sink_ = nullptr;
  RedisLink subscribing_;
  RedisLink publishing_;
  std::unordered_map<std::string, Subscription> subscriptions_;  // by channel
  // SUBSCRIBEs that are sent and not confirmed, by channel. A channel that was left and joined
  // again is live only after the last of them.
  std::unordered_map<std::string, std::size_t> unconfirmed_;
  std::deque<Published> unanswered_;
  bool was_up_ = false;
};

}  // namespace parley::chat
