#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <initializer_list>
#include <string>
#include <string_view>

#include "chatserver/bus_url.h"
#include "common/input.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/resp_reply.h"
#include "common/socket_writer.h"

namespace parley::chat {

/// One connection to a server of the Redis protocol that never gives up: it connects, logs in,
/// hands over what comes, and when it breaks begins again, after a pause that grows (with full
/// jitter, at most kPauseMax).
class RedisLink final : private SocketWriter::Owner {
 public:
  using Socket = boost::asio::ip::tcp::socket;

  static constexpr std::chrono::milliseconds kPauseMin{50};
  static constexpr std::chrono::milliseconds kPauseMax{2000};
  /// For finding the host's addresses, and then for connecting.
  static constexpr std::chrono::seconds kConnectTimeout{5};
  /// After such a time without a word it asks for a sign of life, after some in a row it begins
  /// again. They are counted, because a machine that stood still has heard nobody either.
  static constexpr std::chrono::seconds kQuietTime{5};
  static constexpr int kQuietTimesMax = 3;

  class Owner {
   public:
    virtual void link_up(RedisLink& link) = 0;
    virtual void link_down(RedisLink& link) = 0;
    /// A reply or a push; answers to ask_for_life() too.
    virtual void link_reply(RedisLink& link, const resp::Reply& reply) = 0;
    virtual void link_quiet(RedisLink& link) = 0;

   protected:
    ~Owner() = default;
  };

  /// `purpose` is for the log: "subscribing", "publishing".
  RedisLink(Loop& loop, Log& log, const RedisUrl& url, std::string purpose, Owner& owner);
  ~RedisLink();

  void start();
  bool up() const { return up_; }
  /// Only while up.
  void request(std::initializer_list<std::string_view> args);
  /// The same for a request that is encoded already.
  void request_encoded(std::string_view bytes) { writer_->write(bytes); }

 private:
  void send_failed(const boost::system::error_code& error) override;
  void send_blocked() override {}
  void send_drained() override {}

  boost::asio::awaitable<void> run();
  boost::asio::awaitable<std::string> connect();
  void limit_time();
  boost::asio::awaitable<std::string> log_in();
  boost::asio::awaitable<std::string> receive();
  boost::asio::awaitable<void> pause();
  /// What the socket has. Returns why the connection is at its end, or nothing.
  std::string read();
  std::string parse();
  void read_login_answer();
  void watch_silence();
  void disconnect();

  Loop& loop_;
  Log& log_;
  RedisUrl url_;
  std::string purpose_;
  Owner& owner_;
  Socket socket_;
  std::unique_ptr<SocketWriter> writer_;  // one for each connection
  boost::asio::ip::tcp::resolver resolver_;
  boost::asio::steady_timer timer_;
  boost::asio::steady_timer silence_;
  Input input_;
  resp::ReplyParser parser_;
  resp::Reply reply_;
  std::string request_;
  std::string login_answer_;  // an error text; "+" while all is well
  int answers_left_ = 0;      // of the login
  bool up_ = false;
  bool was_up_ = true;  // the next failure is worth a warning
  int failures_ = 0;
  bool heard_ = false;  // something since the last look
  int quiet_times_ = 0;
};

}  // namespace parley::chat
