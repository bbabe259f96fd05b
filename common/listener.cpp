#include "common/listener.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace parley {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

// How long accepting rests when the process has no file descriptor left.
constexpr std::chrono::milliseconds kRetryAfter{100};

[[noreturn]] void refuse(const ListenerOptions& options, const error_code& error) {
  const std::string where = options.address + " port " + std::to_string(options.port);
  if (error == asio::error::address_in_use) {
    throw std::runtime_error(where +
                             " is in use by another program: stop that one, or choose another port "
                             "(0 picks a free one)");
  }
  throw std::runtime_error("cannot listen on " + where + ": " + error.message());
}

tcp::endpoint endpoint_of(const ListenerOptions& options) {
  error_code error;
  const std::string name = options.address == "localhost" ? "127.0.0.1" : options.address;
  const auto address = asio::ip::make_address(name, error);
  if (error) {
    throw std::runtime_error("cannot listen on '" + options.address +
                             "': it is not an IP address such as 127.0.0.1, 0.0.0.0 or ::");
  }
  return {address, options.port};
}

}  // namespace

Listener::Listener(Loop& loop, const ListenerOptions& options)
    : Flushable(loop), acceptor_(loop.io()), retry_(loop.io()) {
  const tcp::endpoint endpoint = endpoint_of(options);
  error_code error;
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error && options.share_port) {
    using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
    acceptor_.set_option(ReusePort(true), error);
  }
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (!error) acceptor_.non_blocking(true, error);
  if (error) refuse(options, error);
}

void Listener::start(Accepted accepted) {
  accepted_ = std::move(accepted);
  accept_next();
}

void Listener::close() {
  error_code ignored;
  acceptor_.close(ignored);
  retry_.cancel();
}

void Listener::accept_next() {
  acceptor_.async_accept([this](const error_code& error, tcp::socket socket) {
    if (!acceptor_.is_open()) return;
    if (error == asio::error::no_descriptors || error == asio::error::no_buffer_space ||
        error == asio::error::no_memory) {
      retry_later();
      return;
    }
    if (!error) {
      error_code ignored;
      socket.non_blocking(true, ignored);
      socket.set_option(tcp::no_delay(true), ignored);
      accepted_(std::move(socket));
    }
    if (acceptor_.is_open()) continue_accepting();
  });
}

// The rest has to wait for the end of the tick.
void Listener::continue_accepting() {
  if (std::exchange(tick_, loop().ticks()) != loop().ticks()) accepted_in_tick_ = 0;
  if (++accepted_in_tick_ < kAcceptsPerTick) {
    accept_next();
  } else {
    mark();
  }
}

void Listener::flush() {
  if (acceptor_.is_open()) accept_next();
}

void Listener::retry_later() {
  retry_.expires_after(kRetryAfter);
  retry_.async_wait([this](const error_code& error) {
    if (!error) accept_next();
  });
}

void set_keep_alive(tcp::socket& socket, const KeepAlive& keep_alive) {
  const auto set = [&](int level, int name, std::uint32_t value) {
    const int number = static_cast<int>(value);
    ::setsockopt(socket.native_handle(), level, name, &number, sizeof number);
  };
  set(SOL_SOCKET, SO_KEEPALIVE, keep_alive.idle_seconds > 0 ? 1 : 0);
  if (keep_alive.idle_seconds > 0) {
    set(IPPROTO_TCP, TCP_KEEPIDLE, keep_alive.idle_seconds);
    set(IPPROTO_TCP, TCP_KEEPINTVL, std::max(1U, keep_alive.idle_seconds / 3));
    set(IPPROTO_TCP, TCP_KEEPCNT, 3);
  }
  set(IPPROTO_TCP, TCP_USER_TIMEOUT, keep_alive.unacknowledged_seconds * 1000);
}

std::uint16_t Listener::port() const {
  return acceptor_.local_endpoint().port();
}

std::string Listener::address() const {
  return to_string(acceptor_.local_endpoint());
}

std::string to_string(const tcp::endpoint& endpoint) {
  const std::string address = endpoint.address().to_string();
  const std::string port = std::to_string(endpoint.port());
  return endpoint.address().is_v6() ? "[" + address + "]:" + port : address + ":" + port;
}

}  // namespace parley
