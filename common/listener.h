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

/// Accepts TCP connections, one a handler, so that a storm of them takes turns with everyone else.
class Listener {
 public:
  using Socket = boost::asio::ip::tcp::socket;
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
  void accept_next();
  void retry_later();

  Loop& loop_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer retry_;
  Accepted accepted_;
};

std::string to_string(const boost::asio::ip::tcp::endpoint& endpoint);

}  // namespace parley
