#include "broker/client.h"

#include <sys/socket.h>

#include <boost/asio/post.hpp>
#include <cerrno>

#include "broker/broker.h"
#include "broker/dispatch.h"
#include "common/listener.h"

namespace parley::broker {

using boost::system::error_code;

namespace {

std::string address(const Client::Socket& socket, bool peer) {
  error_code error;
  const auto endpoint = peer ? socket.remote_endpoint(error) : socket.local_endpoint(error);
  return error ? "?" : to_string(endpoint);
}

}  // namespace

Client::Client(Broker& broker, Socket socket, std::uint64_t id)
    : broker_(broker), socket_(std::move(socket)), writer_(broker.loop(), socket_, *this) {
  session_.id = id;
  session_.peer = address(socket_, true);
  session_.local = address(socket_, false);
  session_.connected_at = session_.active_at = broker.loop().now();
}

void Client::start() {
  wait_readable();
}

void Client::confirm(std::string_view bytes) {
  writer_.write(broker_.reply_text());
  broker_.reply_text().clear();
  writer_.write(bytes);
}

// --- reading ---

void Client::wait_readable() {
  waiting_ = true;
  socket_.async_wait(Socket::wait_read, [this](const error_code& error) {
    waiting_ = false;
    if (state_ == State::kEnded) {
      leave();
    } else if (error) {
      cut(error.message());
    } else {
      read();
    }
  });
}

void Client::continue_later() {
  waiting_ = true;
  boost::asio::post(broker_.loop().io(), [this] {
    waiting_ = false;
    if (state_ == State::kEnded) {
      leave();
      return;
    }
    parse();
    input_.settle();
    if (state_ != State::kEnded && !waiting_) wait_readable();
  });
}

void Client::read() {
  const auto buffer = broker_.loop().read_buffer();
  const ssize_t n = ::recv(socket_.native_handle(), buffer.data(), buffer.size(), 0);
  if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
    cut(error_code(errno, boost::system::system_category()).message());
    return;
  }
  if (n == 0) {
    peer_closed_ = true;
    finish();
    return;
  }
  if (n > 0 && state_ == State::kOpen) {
    broker_.stats().input_bytes += static_cast<std::uint64_t>(n);
    input_.add({buffer.data(), static_cast<std::size_t>(n)});
    parse();
    input_.settle();
    if (input_.bytes().size() > broker_.options().limits.query_buffer_bytes_max) {
      ++broker_.stats().query_buffer_cuts;
      cut("its unfinished request is larger than client-query-buffer-limit");
    }
  }
  if (state_ != State::kEnded && !waiting_) wait_readable();
}

void Client::parse() {
  resp::RequestLimits limits;
  limits.bulk_bytes_max = broker_.options().limits.bulk_bytes_max;
  resp::Args& args = broker_.args();
  const std::uint64_t turn_ends = outbox().bytes_in() + kOutputPerTurn;
  while (state_ == State::kOpen) {
    switch (parser_.parse(input_.bytes(), limits, args)) {
      case resp::RequestParser::Status::kIncomplete:
        return;
      case resp::RequestParser::Status::kError:
        refuse_protocol(parser_.error());
        return;
      case resp::RequestParser::Status::kRequest:
        if (!args.empty()) run(args);
        input_.consume(parser_.consumed());
    }
    if (outbox().bytes_in() > turn_ends && !input_.bytes().empty()) {
      continue_later();
      return;
    }
  }
}

void Client::run(const resp::Args& args) {
  session_.active_at = broker_.loop().now();
  std::string& text = broker_.reply_text();
  running_ = true;
  dispatch(broker_, *this, args);
  running_ = false;
  if (!text.empty()) {
    writer_.write(text);
    text.clear();
  }
  if (!deferred_.empty()) {
    writer_.write(deferred_);
    deferred_.clear();
  }
}

void Client::refuse_protocol(std::string_view text) {
  std::string reply;
  resp::Writer(reply, session_.protocol).error("ERR " + std::string(text));
  writer_.write(reply);
  broker_.log().info("client {} at {}: {}", session_.id, session_.peer, text);
  input_.clear();
  finish();
}

// --- sending ---

const OutputLimit& Client::output_limit() const {
  const Limits& limits = broker_.options().limits;
  return subscribed() ? limits.output_pubsub : limits.output_normal;
}

void Client::send_failed(const error_code& error) {
  if (state_ == State::kEnded) {
    leave();
  } else {
    cut(error.message());
  }
}

void Client::send_blocked() {
  const OutputLimit& limit = output_limit();
  const std::size_t unsent = outbox().bytes();
  if (limit.hard > 0 && unsent >= limit.hard) {
    ++broker_.stats().output_limit_cuts;
    cut("it reads too slowly: " + std::to_string(unsent) + " bytes are unsent, the hard limit is " +
        std::to_string(limit.hard));
    return;
  }
  if (limit.soft == 0 || unsent < limit.soft) {
    soft_limit_since_ = {};
  } else if (soft_limit_since_ == Time{}) {
    soft_limit_since_ = broker_.loop().now();
  }
}

void Client::send_drained() {
  soft_limit_since_ = {};
  if (leaving_) broker_.reap_soon(*this);
}

void Client::check_time(Time now) {
  if (leaving_) {
    if (state_ == State::kLingering && now - finished_at_ > kLinger) {
      state_ = State::kEnded;
      broker_.reap_soon(*this);
    }
    return;
  }
  const OutputLimit& limit = output_limit();
  if (soft_limit_since_ != Time{} &&
      now - soft_limit_since_ > std::chrono::seconds(limit.soft_seconds)) {
    ++broker_.stats().output_limit_cuts;
    cut("it reads too slowly: " + std::to_string(outbox().bytes()) +
        " bytes are unsent, over the soft limit of " + std::to_string(limit.soft) +
        " for more than " + std::to_string(limit.soft_seconds) + " s");
  }
}

// --- leaving ---

void Client::leave() {
  broker_.reap_soon(*this);
  leaving_ = true;
}

void Client::cut(std::string_view reason) {
  if (state_ == State::kEnded) return;
  broker_.log().info("client {} '{}' at {} ends: {}", session_.id, session_.name, session_.peer,
                     reason);
  state_ = State::kEnded;
  writer_.shut();
  leave();
}

void Client::finish() {
  if (state_ == State::kEnded) return;
  state_ = peer_closed_ && outbox().empty() ? State::kEnded : State::kFinishing;
  leave();
}

// Without this the kernel may answer what the peer still sends with a reset, and the reset would
// overtake our last reply.
void Client::linger() {
  finished_at_ = broker_.loop().now();
  error_code error;
  socket_.shutdown(Socket::shutdown_send, error);
  state_ = error ? State::kEnded : State::kLingering;
}

bool Client::wind_down() {
  if (state_ == State::kFinishing) {
    writer_.flush();
    if (state_ == State::kFinishing && outbox().empty()) linger();
    if (peer_closed_ || broker_.stopping())
      state_ = outbox().empty() || broker_.stopping() ? State::kEnded : state_;
  }
  if (state_ != State::kEnded) return false;
  writer_.shut();
  if (socket_.is_open()) {
    error_code ignored;
    socket_.close(ignored);
  }
  return !waiting_ && !writer_.pending();
}

}  // namespace parley::broker
