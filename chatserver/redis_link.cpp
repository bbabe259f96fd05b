#include "chatserver/redis_link.h"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <random>

#include "common/resp_writer.h"

namespace parley::chat {

namespace asio = boost::asio;
using asio::awaitable;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr auto kResult = asio::as_tuple(asio::use_awaitable);
// A server that sends more than this without finishing a reply is no server of ours.
constexpr std::size_t kUnfinishedBytesMax = 1024ULL * 1024 * 1024;

}  // namespace

RedisLink::RedisLink(Loop& loop, Log& log, const RedisUrl& url, std::string purpose, Owner& owner)
    : loop_(loop),
      log_(log),
      url_(url),
      purpose_(std::move(purpose)),
      owner_(owner),
      socket_(loop.io()),
      resolver_(loop.io()),
      timer_(loop.io()),
      silence_(loop.io()) {}

RedisLink::~RedisLink() = default;

void RedisLink::start() {
  asio::co_spawn(loop_.io(), run(), asio::detached);
}

void RedisLink::request(std::initializer_list<std::string_view> args) {
  request_.clear();
  resp::append_request(request_, args);
  writer_->write(request_);
}

awaitable<void> RedisLink::run() {
  for (;;) {
    std::string trouble = co_await connect();
    if (trouble.empty()) trouble = co_await log_in();
    if (trouble.empty()) {
      log_.info("bus {} ({}): connected", url_.address(), purpose_);
      failures_ = 0;
      was_up_ = up_ = true;
      owner_.link_up(*this);
      trouble = co_await receive();
    }
    if (std::exchange(was_up_, false)) {
      log_.warn("bus {} ({}): {}; trying again until it answers", url_.address(), purpose_,
                trouble);
    } else {
      log_.debug("bus {} ({}): {}", url_.address(), purpose_, trouble);
    }
    disconnect();
    if (std::exchange(up_, false)) owner_.link_down(*this);
    while (writer_ && writer_->pending()) co_await asio::post(loop_.io(), asio::use_awaitable);
    co_await pause();
  }
}

awaitable<std::string> RedisLink::connect() {
  limit_time();
  auto [error, endpoints] =
      co_await resolver_.async_resolve(url_.host, std::to_string(url_.port), kResult);
  if (!error) {
    limit_time();
    socket_ = Socket(loop_.io());
    const auto [connect_error, endpoint] =
        co_await asio::async_connect(socket_, endpoints, kResult);
    error = connect_error;
  }
  const bool in_time = timer_.cancel() > 0;
  if (error) co_return in_time ? error.message() : "no connection within the time limit";
  socket_.non_blocking(true, error);
  socket_.set_option(tcp::no_delay(true), error);
  SocketWriter::Owner& owner = *this;
  writer_ = std::make_unique<SocketWriter>(loop_, socket_, owner);
  input_.clear();
  parser_ = {};
  co_return std::string();
}

void RedisLink::limit_time() {
  timer_.expires_after(kConnectTimeout);
  timer_.async_wait([this](const error_code& error) {
    if (error) return;
    resolver_.cancel();
    socket_.close();
  });
}

awaitable<std::string> RedisLink::log_in() {
  answers_left_ = 1;
  login_answer_ = "+";
  quiet_times_ = 0;
  if (!url_.password.empty()) {
    ++answers_left_;
    if (url_.user.empty()) {
      request({"AUTH", url_.password});
    } else {
      request({"AUTH", url_.user, url_.password});
    }
  }
  request({"PING"});
  watch_silence();
  while (answers_left_ > 0) {
    const auto [error] = co_await socket_.async_wait(Socket::wait_read, kResult);
    if (error) co_return error.message();
    std::string trouble = read();
    if (!trouble.empty()) co_return trouble;
    if (login_answer_ != "+") co_return "it refused the login: " + login_answer_;
  }
  co_return std::string();
}

awaitable<std::string> RedisLink::receive() {
  for (;;) {
    const auto [error] = co_await socket_.async_wait(Socket::wait_read, kResult);
    if (error) co_return socket_.is_open() ? error.message() : "the connection broke";
    std::string trouble = read();
    if (!trouble.empty()) co_return trouble;
  }
}

std::string RedisLink::read() {
  const auto buffer = loop_.read_buffer();
  const ssize_t n = ::recv(socket_.native_handle(), buffer.data(), buffer.size(), 0);
  if (n == 0) return "it closed the connection";
  if (n < 0) {
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return {};
    return error_code(errno, boost::system::system_category()).message();
  }
  heard_ = true;
  input_.add({buffer.data(), static_cast<std::size_t>(n)});
  std::string trouble = parse();
  input_.settle();
  if (input_.bytes().size() > kUnfinishedBytesMax) return "it sent a reply without an end";
  return trouble;
}

std::string RedisLink::parse() {
  for (;;) {
    switch (parser_.parse(input_.bytes(), reply_)) {
      case resp::ReplyParser::Status::kIncomplete:
        return {};
      case resp::ReplyParser::Status::kError:
        return "it does not speak the Redis protocol: " + parser_.error();
      case resp::ReplyParser::Status::kReply:
        if (answers_left_ > 0) {
          --answers_left_;
          read_login_answer();
        } else {
          owner_.link_reply(*this, reply_);
        }
        input_.consume(parser_.consumed());
    }
  }
}

// Anything but a text would be our own request: a socket that connects to a port of the kernel's
// choice on the same machine, where nobody listens, may meet itself.
void RedisLink::read_login_answer() {
  if (reply_[0].kind == resp::ReplyKind::kError) {
    login_answer_ = reply_[0].text;
  } else if (reply_[0].kind != resp::ReplyKind::kText) {
    login_answer_ = "its answer makes no sense";
  }
}

void RedisLink::watch_silence() {
  silence_.expires_after(kQuietTime);
  silence_.async_wait([this](const error_code& error) {
    if (error || !socket_.is_open()) return;
    quiet_times_ = std::exchange(heard_, false) ? 0 : quiet_times_ + 1;
    if (quiet_times_ == kQuietTimesMax) {
      error_code ignored;
      socket_.close(ignored);
      return;
    }
    if (quiet_times_ > 0 && up_) owner_.link_quiet(*this);
    watch_silence();
  });
}

void RedisLink::send_failed(const error_code&) {
  error_code ignored;
  socket_.close(ignored);
}

void RedisLink::disconnect() {
  silence_.cancel();
  if (writer_) writer_->shut();
  error_code ignored;
  socket_.close(ignored);
}

awaitable<void> RedisLink::pause() {
  static thread_local std::minstd_rand random{std::random_device{}()};
  const auto longest = std::min(kPauseMax, kPauseMin * (1 << std::min(failures_++, 10)));
  timer_.expires_after(
      std::chrono::milliseconds(std::uniform_int_distribution<long>(0, longest.count())(random)));
  co_await timer_.async_wait(kResult);
}

}  // namespace parley::chat
