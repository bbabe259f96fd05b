#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "chatserver/conversation.h"
#include "chatserver/http_answer.h"
#include "chatserver/outbox_stream.h"
#include "common/socket_writer.h"

namespace parley::chat {

class Server;

/// One TCP connection: HTTP requests, and perhaps an upgrade to a WebSocket conversation.
///
/// Owned by the coroutine that serves it; the Server knows it while it lives. What waits for the
/// peer has a deadline, looked at once a second.
class Connection final : private SocketWriter::Owner, private Wire {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  using Time = Loop::Clock::time_point;

  static constexpr std::chrono::seconds kRequestTimeout{10};
  static constexpr std::chrono::seconds kKeepAliveTimeout{60};
  static constexpr std::chrono::seconds kCloseTimeout{5};
  static constexpr std::uint32_t kHeaderBytesMax = 16 * 1024;
  static constexpr std::uint64_t kBodyBytesMax = 64 * 1024;

  /// Serves the connection until it ends.
  static void start(Server& server, Socket socket);

  Connection(Server& server, Socket socket);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// For the Server, once a second.
  void check_time(Time now);
  /// The server goes: says so to the peer.
  void shut_down();
  /// Ends it without another word.
  void abort();
  /// A message of the client is on its way to the bus.
  bool busy() const { return conversation_ && !closing_ && conversation_->busy(); }
  bool conversing() const { return conversation_ != nullptr; }
  std::size_t unsent_bytes() const { return writer_.outbox().bytes(); }

 private:
  class WebSocket;

  void send_failed(const boost::system::error_code& error) override;
  void send_blocked() override;
  void send_drained() override {}

  void send(std::string_view text) override;
  void ping() override;
  void close(std::uint16_t code, std::string_view reason) override;
  SocketWriter& writer() override { return writer_; }

  boost::asio::awaitable<void> serve();
  boost::asio::awaitable<std::optional<HttpRequest>> serve_http();
  boost::asio::awaitable<void> refuse(const boost::system::error_code& error);
  boost::asio::awaitable<void> answer(HttpResponse response);
  boost::asio::awaitable<void> converse(HttpRequest upgrade);
  boost::asio::awaitable<void> receive_messages();
  boost::asio::awaitable<void> wind_down();

  /// What speaks against the upgrade, as an answer; nothing: conversation_ is ready.
  std::optional<HttpResponse> prepare(const HttpRequest& upgrade);
  HttpState http_state() const;
  void allow(std::chrono::seconds time);

  Server& server_;
  Socket socket_;
  SocketWriter writer_;
  OutboxStream stream_;
  std::string peer_;
  Time deadline_;
  bool closing_ = false;
  bool peer_closed_ = false;
  std::unique_ptr<WebSocket> websocket_;
  std::unique_ptr<Conversation> conversation_;
  bool speaks_protocol_ = false;
};

}  // namespace parley::chat
