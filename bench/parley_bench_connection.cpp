#include "bench/parley_bench_connection.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace parley::bench {
namespace {

bool wait_for(int fd, short events, Clock::time_point deadline) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    pollfd entry{fd, events, 0};
    const int n = ::poll(&entry, 1, static_cast<int>(std::max<long long>(left.count(), 0)));
    if (n > 0) return true;
    if (n == 0) return false;
    if (errno != EINTR) return false;
  }
}

}  // namespace

Clock::time_point after(double seconds) {
  return Clock::now() + std::chrono::duration_cast<Clock::duration>(
                            std::chrono::duration<double>(std::max(seconds, 0.0)));
}

Connection::Connection(const Target& target, std::string name, double timeout_seconds)
    : name_(std::move(name)), timeout_seconds_(timeout_seconds) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(target.port));
  if (::inet_pton(AF_INET, target.host.c_str(), &address.sin_addr) != 1) {
    fail("--host " + target.host + " is not an IPv4 address");
  }
  fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd_ < 0) fail(std::string("socket: ") + std::strerror(errno) + "; see ulimit -n");
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  // A system that paces by default (bbr) would delay our publishes by its guess of the bandwidth.
  ::setsockopt(fd_, IPPROTO_TCP, TCP_CONGESTION, "reno", 4);
  if (const int bytes = target.receive_buffer_bytes; bytes > 0) {
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  }
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  if (::connect(fd_, generic, sizeof address) != 0) {
    if (errno != EINPROGRESS) fail(std::string("connect: ") + std::strerror(errno));
    if (!wait_for(fd_, POLLOUT, after(timeout_seconds))) fail("connect: timed out");
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) {
      fail("connect to port " + std::to_string(target.port) + ": " + std::strerror(error));
    }
  }
}

Connection::~Connection() {
  if (fd_ >= 0) ::close(fd_);
}

void Connection::fail(const std::string& what) const {
  throw BenchError(name_ + ": " + what);
}

std::size_t Connection::checked_read(long n) const {
  if (n > 0) return static_cast<std::size_t>(n);
  if (n == 0) fail("the server closed the connection");
  if (errno != EAGAIN && errno != EINTR) fail(std::string("read: ") + std::strerror(errno));
  return 0;
}

std::string_view Connection::receive(Scratch& scratch) {
  if (kept_.size() >= scratch.size()) fail("a frame of more than 4 MiB");
  const std::size_t kept = kept_.size();
  const std::size_t n =
      checked_read(::recv(fd_, scratch.data() + kept, scratch.size() - kept, MSG_DONTWAIT));
  if (n == 0) return {};
  std::memcpy(scratch.data(), kept_.data(), kept);
  kept_.clear();
  return {scratch.data(), kept + n};
}

std::size_t Connection::discard(Scratch& scratch) {
  return checked_read(::recv(fd_, scratch.data(), scratch.size(), MSG_DONTWAIT | MSG_TRUNC));
}

bool Connection::drain(Scratch& scratch, Clock::time_point deadline) {
  while (wait_readable(deadline)) {
    const auto n = ::recv(fd_, scratch.data(), scratch.size(), MSG_DONTWAIT | MSG_TRUNC);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) return true;
  }
  return false;
}

bool Connection::wait_readable(Clock::time_point deadline) const {
  return wait_for(fd_, POLLIN, deadline);
}

bool Connection::flush() {
  while (out_sent_ < out_.size()) {
    const auto n = ::send(fd_, out_.data() + out_sent_, out_.size() - out_sent_, MSG_NOSIGNAL);
    if (n < 0 && errno == EAGAIN) return false;
    if (n < 0 && errno != EINTR) fail(std::string("send: ") + std::strerror(errno));
    if (n > 0) out_sent_ += static_cast<std::size_t>(n);
  }
  out_.clear();
  out_sent_ = 0;
  return true;
}

void Connection::send_all(std::string_view bytes) {
  out_ += bytes;
  const auto deadline = after(timeout_seconds_);
  while (!flush()) {
    if (!wait_for(fd_, POLLOUT, deadline)) fail("the server does not read");
  }
}

}  // namespace parley::bench
