#include "common/socket_writer.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace parley {

namespace {

// More buffers a call would win nothing: frames have mostly joined into a few ranges.
constexpr std::size_t kBuffersPerSend = 64;

ssize_t send_some(int socket, const Outbox& outbox) {
  constexpr int kFlags = MSG_NOSIGNAL | MSG_DONTWAIT;
  std::array<iovec, kBuffersPerSend> buffers;
  const std::size_t used = outbox.buffers(buffers);
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
}

void SocketWriter::flush() {
  if (shut_) {
    outbox_.clear();
    return;
  }
  const bool was_blocked = blocked_;
  if (!waiting_) send();
  if (shut_) return;
  blocked_ = !outbox_.empty();
  if (blocked_) {
    owner_.send_blocked();
  } else if (was_blocked) {
    owner_.send_drained();
  }
}

void SocketWriter::send() {
  while (!outbox_.empty()) {
    const ssize_t sent = send_some(socket_.native_handle(), outbox_);
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
