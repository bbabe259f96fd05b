#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <deque>
#include <string>
#include <unordered_map>
#include <variant>

#include "chatserver/bus.h"
#include "chatserver/redis_dialect.h"
#include "chatserver/redis_link.h"

namespace parley::chat {

/// The bus over a server of the Redis protocol: parley-broker, Redis or Valkey. One link
/// subscribes, the other does everything else.
///
/// A message to be stored waits here until the server has answered for it. When a link breaks,
/// those without an answer are sent again, in their order and under their ids, so none is lost and
/// none is stored twice.
class RedisBus final : public Bus, private RedisLink::Owner {
 public:
  /// Most channels of one SUBSCRIBE after a reconnect.
  static constexpr std::size_t kChannelsPerRequest = 500;
  /// Most messages, and bytes of them, that may wait for an answer of the server, or for the
  /// server.
  static constexpr std::size_t kUnansweredMax = 100'000;
  static constexpr std::size_t kUnansweredBytesMax = 64 * 1024 * 1024;

  RedisBus(Loop& loop, Log& log, const RedisUrl& url, std::size_t history_size);

  void start(Sink& sink) override;
  void subscribe(const std::string& room, Subscribed done) override;
  void unsubscribe(const std::string& room) override;
  void publish(const std::string& room, std::string_view message_id, std::string_view payload,
               Published done) override;
  void announce(const std::string& room, std::string_view payload, Published done) override;
  void read_history(const std::string& room, const HistoryRequest& request,
                    HistoryRead done) override;
  bool up() const override { return was_up_; }
  bool may_lose() const override { return true; }
  BusNumbers numbers() const override {
    return {.waiting_messages = stores_, .waiting_bytes = store_bytes_};
  }

 private:
  struct Subscription {
    Subscribed done;  // until the server has confirmed
  };

  // What a reply of the publishing link will answer, in the order of the requests.
  struct Question {
    int number;
  };
  struct Nothing {};  // a reply of no interest
  struct Store {
    std::string room;
    std::string message_id;
    std::string payload;
    Published done;
    bool mended = false;  // the scripts were missing on the server and have been loaded
  };
  struct Announcement {
    Published done;
  };
  struct Reading {
    std::string room;
    HistoryRequest request;
    HistoryRead done;
    bool mended = false;  // what it lacked on the server has been made
  };
  using Request = std::variant<Nothing, Question, Store, Announcement, Reading>;

  void link_up(RedisLink& link) override;
  void link_down(RedisLink& link) override;
  void link_reply(RedisLink& link, const resp::Reply& reply) override;
  void link_quiet(RedisLink& link) override;

  void subscribe_again();
  void confirmed(std::string_view channel);
  void tell_state();

  void ask_questions();
  /// Whether requests may be sent: the link is up and the questions are answered.
  bool ready() const { return publishing_.up() && questions_open_ == 0; }
  /// Nothing is stored while the other link is away: this server's members would not hear it, and
  /// of a history that has begun anew nobody could tell them what they missed.
  bool may_store() const { return was_up_ && ready(); }
  void send(Store store);
  void send(Reading reading);
  void send_waiting();
  void mend(const std::string& room, const RedisDialect::Answer& answer);
  void create(const std::string& room);
  void expect_nothing(int replies);

  void answered(const resp::Reply& reply);
  void answer(Nothing&, const resp::Reply&) {}
  void answer(Question& question, const resp::Reply& reply);
  void answer(Store& store, const resp::Reply& reply);
  void answer(Announcement& announcement, const resp::Reply& reply);
  void answer(Reading& reading, const resp::Reply& reply);

  Log& log_;
  Sink* sink_ = nullptr;
  RedisDialect dialect_;
  RedisLink subscribing_;
  RedisLink publishing_;
  std::unordered_map<std::string, Subscription> subscriptions_;  // by channel
  // SUBSCRIBEs that are sent and not confirmed, by channel. A channel that was left and joined
  // again is live only after the last of them.
  std::unordered_map<std::string, std::size_t> unconfirmed_;
  std::deque<Request> unanswered_;
  std::deque<Store> waiting_;  // for may_store(), in their order
  std::size_t stores_ = 0;     // of both
  std::size_t store_bytes_ = 0;
  int questions_open_ = 0;
  bool questions_answered_ = false;  // on this connection, at least once
  std::string request_;
  bool was_up_ = false;
  bool comes_up_ = false;  // its sink is being told
};

}  // namespace parley::chat
