#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <string>

#include "common/loop.h"

namespace parley {

struct ListenerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;   // 0: the kernel picks one
  bool share_port = false;  // SO_REUSEPORT: several loops accept on the same port
};

/// How soon a connection whose peer has vanished without a word ends.
struct KeepAlive {
  /// After so many seconds of silence the kernel asks for a sign of life, three times, a third as
  /// far apart. 0: never.
  std::uint32_t idle_seconds = 60;
  /// So long may bytes that were sent stay unacknowledged. 0: the kernel's default.
  std::uint32_t unacknowledged_seconds = 60;
};

void set_keep_alive(boost::asio::ip::tcp::socket& socket, const KeepAlive& keep_alive);

/// Accepts TCP connections, a few a tick, so that a storm of them takes turns with everyone else.
class Listener : private Flushable {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  /// Accepting one costs some 20 us: so many delay the others by well under a millisecond.
  static constexpr int kAcceptsPerTick = 16;
  /// The socket is non-blocking, with TCP_NODELAY set.
  using Accepted = std::function<void(Socket)>;

  /// Binds and listens. Throws std::runtime_error with a text for the person who started the
  /// program when that fails.
  Listener(Loop& loop, const ListenerOptions& options);

  void start(Accepted accepted);
  /// Stops accepting. Connections that were accepted stay.
  void close();

  std::uint16_t port() const;
  /// "127.0.0.1:6379" or "[::1]:6379".
  std::string address() const;

 private:
  void flush() override;
  void accept_next();
  void continue_accepting();
  void retry_later();

  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer retry_;
  Accepted accepted_;
  std::uint64_t tick_ = 0;
  int accepted_in_tick_ = 0;
};

std::string to_string(const boost::asio::ip::tcp::endpoint& endpoint);

}  // namespace parley
