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
  session_.authenticated = broker.options().password.empty();
}

void Client::start() {
  wait_readable();
}

void Client::confirm(std::string_view bytes) {
  if (!session_.silence.now()) writer_.write(broker_.reply_text());
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
  if (turn_posted_) return;
  turn_posted_ = true;
  boost::asio::post(broker_.loop().io(), [this] {
    turn_posted_ = false;
    if (state_ == State::kEnded) {
      leave();
    } else {
      take_turn();
    }
  });
}

void Client::take_turn() {
  parse();
  input_.settle();
  if (state_ != State::kEnded && !waiting_ && !turn_posted_) wait_readable();
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
    check_query_buffer();
  }
  if (state_ != State::kEnded && !waiting_ && !turn_posted_) wait_readable();
}

// What a transaction has queued is input too: it was sent and has not been run.
void Client::check_query_buffer() {
  std::uint64_t most = broker_.options().limits.query_buffer_bytes_max;
  if (broker_.needs_password(*this)) most = std::min(most, kUnauthenticatedInputMax);
  std::uint64_t held = input_.bytes().size();
  if (session_.transaction) held += session_.transaction->bytes();
  if (held <= most) return;
  ++broker_.stats().query_buffer_cuts;
  cut("it has sent " + std::to_string(held) + " bytes that could not be run yet, the limit is " +
      std::to_string(most) + " (client-query-buffer-limit)");
}

void Client::parse() {
  resp::RequestLimits limits;
  limits.bulk_bytes_max = broker_.options().limits.bulk_bytes_max;
  resp::Args& args = broker_.args();
  const std::uint64_t turn_ends = outbox().bytes_in() + kOutputPerTurn;
  broker_.stopwatch().start();
  while (state_ == State::kOpen && !blocked_ && !held_back_) {
    limits.authenticated = !broker_.needs_password(*this);
    switch (parser_.parse(input_.bytes(), limits, args)) {
      case resp::RequestParser::Status::kIncomplete:
        return;
      case resp::RequestParser::Status::kError:
        refuse_protocol(parser_.error());
        return;
      case resp::RequestParser::Status::kRequest:
        if (!args.empty()) run(args);
        if (held_back_) return;
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
  intake_ = Intake::kDeferred;
  dispatch(broker_, *this, args);
  broker_.refuse_unwritten(text);
  if (intake_ == Intake::kDeferred) intake_ = Intake::kOpen;
  if (!text.empty()) {
    if (!session_.silence.now()) writer_.write(text);
    text.clear();
  }
  if (!deferred_.empty()) {
    writer_.write(deferred_);
    deferred_.clear();
  }
  if (!blocked_ && !held_back_) session_.silence.command_ends();
  broker_.blocked_readers().serve();
  broker_.loop().gate().want_nothing();
}

void Client::unblock(std::string_view reply) {
  blocked_ = false;
  if (!session_.silence.now()) writer_.write(reply);
  session_.silence.command_ends();
  continue_later();
}

void Client::resume() {
  if (!held_back_) return;
  held_back_ = false;
  continue_later();
}

void Client::try_again() {
  if (!held_back_) return;
  held_back_ = false;
  if (state_ != State::kEnded) take_turn();
}

void Client::refuse_protocol(std::string_view text) {
  std::string reply;
  resp::Writer(reply, session_.protocol).error("ERR " + std::string(text));
  if (!session_.silence.now()) writer_.write(reply);
  broker_.log().info("client {} at {}: {}", session_.id, session_.peer, text);
  input_.clear();
  finish();
}

// --- sending ---

const OutputLimit& Client::output_limit() const {
  const Limits& limits = broker_.options().limits;
  // A monitor too gets what it did not ask for, and Redis lets its backlog grow for ever.
  return subscribed() || session_.monitors ? limits.output_pubsub : limits.output_normal;
}

void Client::send_failed(const error_code& error) {
  if (state_ == State::kEnded) {
    leave();
  } else {
    cut(error.message());
  }
}

void Client::send_blocked() {
  if (state_ != State::kOpen) return;
  const OutputLimit& limit = output_limit();
  const std::size_t unsent = writer_.unsent();
  backlog_age_.note(broker_.loop().now(), outbox().bytes_in(), outbox().bytes_out());
  if (limit.hard > 0 && unsent >= limit.hard) {
    cut_slow("the hard limit is " + std::to_string(limit.hard));
  } else if (limit.soft == 0 || unsent < limit.soft) {
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
    if (last_replies_from_ && *last_replies_from_ != outbox().bytes_out()) {
      last_replies_from_ = outbox().bytes_out();
      ends_by_ = now + kLastReplies;
    }
    if (now > ends_by_ && state_ != State::kEnded) {
      state_ = State::kEnded;
      broker_.reap_soon(*this);
    }
    return;
  }
  backlog_age_.note(now, outbox().bytes_in(), outbox().bytes_out());
  const OutputLimit& limit = output_limit();
  if (soft_limit_since_ != Time{} &&
      now - soft_limit_since_ > std::chrono::seconds(limit.soft_seconds)) {
    cut_slow("that is over the soft limit of " + std::to_string(limit.soft) + " for more than " +
             std::to_string(limit.soft_seconds) + " s");
  }
  const std::uint32_t idle_max = broker_.options().limits.idle_seconds_max;
  const bool may_idle = idle_max == 0 || subscribed() || blocked_ || session_.monitors;
  if (!may_idle && now - session_.active_at > std::chrono::seconds(idle_max)) {
    cut("it has sent nothing for more than " + std::to_string(idle_max) + " s (timeout)");
  }
}

std::string Client::subscription_names() const {
  for (const Held& held : held_) {
    if (held.empty()) continue;
    const std::size_t others = subscriptions() + this->held(TopicKind::kShard).size() - 1;
    const std::string& first = held.begin()->first->name;
    return others == 0 ? first : first + " and " + std::to_string(others) + " more";
  }
  return "nothing";
}

void Client::cut_slow(const std::string& reason) {
  ++broker_.stats().output_limit_cuts;
  broker_.log().warn(
      "client {} '{}' at {}, subscribed to {}, reads too slowly and is cut: {} bytes are unsent, "
      "{} "
      "(client-output-buffer-limit)",
      session_.id, session_.name, session_.peer, subscription_names(), outbox().bytes(), reason);
  writer_.keep_started_frame();
  intake_ = Intake::kClosed;
  state_ = State::kFinishing;
  ends_by_ = broker_.loop().now() + kLastFrame;
  leave();
}

// --- leaving ---

void Client::leave() {
  broker_.reap_soon(*this);
  leaving_ = true;
  if (blocked_) broker_.blocked_readers().forget(*this);
}

void Client::cut(std::string_view reason) {
  if (state_ == State::kEnded) return;
  broker_.log().info("client {} '{}' at {} ends: {}", session_.id, session_.name, session_.peer,
                     reason);
  state_ = State::kEnded;
  intake_ = Intake::kClosed;
  writer_.shut();
  leave();
}

void Client::finish() {
  if (state_ == State::kEnded) return;
  state_ = peer_closed_ && outbox().empty() ? State::kEnded : State::kFinishing;
  if (!leaving_) {
    last_replies_from_ = outbox().bytes_out();
    ends_by_ = broker_.loop().now() + kLastReplies;
  }
  leave();
}

// Without this the kernel may answer what the peer still sends with a reset, and the reset would
// overtake our last reply.
void Client::linger() {
  last_replies_from_.reset();
  ends_by_ = broker_.loop().now() + kLinger;
  error_code error;
  socket_.shutdown(Socket::shutdown_send, error);
  state_ = error ? State::kEnded : State::kLingering;
}

bool Client::wind_down() {
  if (state_ == State::kFinishing) {
    writer_.flush();
    const bool sent = outbox().empty();
    if (broker_.stopping() || (peer_closed_ && sent)) {
      state_ = State::kEnded;
    } else if (sent && state_ == State::kFinishing) {
      linger();
    }
  }
  if (state_ != State::kEnded) return false;
  writer_.shut();
  if (socket_.is_open()) {
    error_code ignored;
    socket_.close(ignored);
  }
  return !waiting_ && !turn_posted_ && !writer_.pending();
}

}  // namespace parley::broker
