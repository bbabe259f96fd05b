#include "common/socket_writer.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace parley {

namespace {

// More buffers a call would win nothing: frames have mostly joined into a few ranges.
constexpr std::size_t kBuffersPerSend = 64;

// Drops what is more than `most` bytes from the buffers.
std::size_t cut_buffers(std::span<iovec> buffers, std::size_t most) {
  std::size_t used = 0;
  for (iovec& buffer : buffers) {
    if (most == 0) break;
    buffer.iov_len = std::min(buffer.iov_len, most);
    most -= buffer.iov_len;
    ++used;
  }
  return used;
}

ssize_t send_some(int socket, const Outbox& outbox, std::size_t most) {
  constexpr int kFlags = MSG_NOSIGNAL | MSG_DONTWAIT;
  std::array<iovec, kBuffersPerSend> buffers;
  std::size_t used = outbox.buffers(buffers);
  if (most < outbox.bytes()) used = cut_buffers(std::span(buffers).first(used), most);
  // One buffer is the usual case, and send() is the cheaper call.
  if (used == 1) return ::send(socket, buffers[0].iov_base, buffers[0].iov_len, kFlags);
  msghdr message{};
  message.msg_iov = buffers.data();
  message.msg_iovlen = used;
  return ::sendmsg(socket, &message, kFlags);
}

}  // namespace

void SocketWriter::shut() {
  shut_ = true;
  outbox_.clear();
  held_.clear();
}

void SocketWriter::hold() {
  const CommitGate::Number commit = loop().gate().wanted();
  if (held_.empty() || held_.back().commit < commit) held_.push_back({outbox_.bytes_in(), commit});
}

void SocketWriter::let_through() {
  const auto first = std::ranges::find_if(
      held_, [this](const Held& held) { return !loop().gate().passed(held.commit); });
  held_.erase(held_.begin(), first);
}

std::size_t SocketWriter::unsent() const {
  if (held_.empty()) return outbox_.bytes();
  return static_cast<std::size_t>(held_.front().begin - outbox_.bytes_out());
}

void SocketWriter::flush() {
  if (shut_) {
    outbox_.clear();
    held_.clear();
    return;
  }
  const bool was_blocked = blocked_;
  if (!waiting_) send();
  if (shut_) return;
  blocked_ = !outbox_.empty();
  if (waiting_) {
    owner_.send_blocked();
  } else if (was_blocked && !blocked_) {
    owner_.send_drained();
  }
}

void SocketWriter::send() {
  let_through();
  while (const std::size_t most = unsent()) {
    const ssize_t sent = send_some(socket_.native_handle(), outbox_, most);
    if (sent >= 0) {
      outbox_.consume(static_cast<std::size_t>(sent));
      loop().count_sent(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      outbox_.blocked();
      wait_until_writable();
      return;
    } else if (errno != EINTR) {
      const boost::system::error_code error(errno, boost::system::system_category());
      shut();
      owner_.send_failed(error);
      return;
    }
  }
  if (!held_.empty()) loop().gate().wait(*this);
}

void SocketWriter::wait_until_writable() {
  waiting_ = true;
  blocked_since_ = loop().now();
  socket_.async_wait(Socket::wait_write, [this](const boost::system::error_code& error) {
    waiting_ = false;
    if (error) {
      shut();
      owner_.send_failed(error);
    } else {
      mark();
    }
  });
}

}  // namespace parley
