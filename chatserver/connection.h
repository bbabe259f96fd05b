#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "chatserver/address_table.h"
#include "chatserver/conversation.h"
#include "chatserver/http_answer.h"
#include "chatserver/outbox_stream.h"
#include "chatserver/rooms.h"
#include "common/socket_writer.h"

namespace parley::chat {

class Server;

/// One TCP connection: HTTP requests, and perhaps an upgrade to a WebSocket conversation.
///
/// Owned by the coroutine that serves it; the Server knows it while it lives. What waits for the
/// peer has a deadline, looked at once a second.
class Connection final : private SocketWriter::Owner, private OutboxStream::Owner, private Wire {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  using Time = Loop::Clock::time_point;

  static constexpr std::chrono::seconds kRequestTimeout{10};
  static constexpr std::chrono::seconds kKeepAliveTimeout{60};
  static constexpr std::chrono::seconds kCloseTimeout{5};
  /// What was missed may be as much more than --max-queue; each room's is at most half of it.
  static constexpr std::size_t kMissedBytesMax = 2 * Rooms::kRecoveryBytesMax;
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
  bool speaks_protocol() const { return speaks_protocol_; }
  std::size_t unsent_bytes() const { return writer_.outbox().bytes(); }

 private:
  class WebSocket;

  void send_failed(const boost::system::error_code& error) override;
  void send_blocked() override;
  void send_drained() override { missed_bytes_ = 0; }
  bool beast_writes(std::uint8_t first) override;

  void send(std::string_view text) override;
  void send_missed(std::string_view text) override;
  void ping() override;
  void close(std::uint16_t code, std::string_view reason) override;
  void say_goodbye(std::uint16_t code, std::string_view reason);
  void begin_to_close();
  SocketWriter& writer() override { return writer_; }

  static boost::asio::awaitable<void> serve(std::unique_ptr<Connection> self);
  /// Up to a conversation; false: there will be none.
  boost::asio::awaitable<bool> begin();
  boost::asio::awaitable<std::optional<HttpRequest>> serve_http();
  boost::asio::awaitable<void> refuse(const boost::system::error_code& error);
  boost::asio::awaitable<void> answer(HttpResponse response);
  boost::asio::awaitable<bool> accept(const HttpRequest& upgrade);
  boost::asio::awaitable<void> receive_messages();
  /// Of a message that began so.
  boost::asio::awaitable<boost::system::error_code> receive_rest(std::string_view begin);
  void take_message(std::string_view message);
  void count_bad_message(const boost::system::error_code& error);
  boost::asio::awaitable<void> wind_down();

  HttpResponse too_many(const HttpRequest& request);
  /// A WebSocket through a trusted proxy takes a place of its client's address; without one left,
  /// the answer that says so.
  std::optional<HttpResponse> take_place(const HttpRequest& upgrade);
  /// What speaks against the upgrade, as an answer; nothing: `conversation` is made.
  std::optional<HttpResponse> prepare(const HttpRequest& upgrade,
                                      std::unique_ptr<Conversation>& conversation);
  HttpState http_state() const;
  void allow(std::chrono::seconds time);

  Server& server_;
  Socket socket_;
  SocketWriter writer_;
  OutboxStream stream_;
  std::string peer_;
  std::optional<AddressTable::Place> place_;  // nothing: its address has too many connections
  bool by_proxy_ = false;                     // the peer is a trusted one
  Time deadline_;
  std::size_t missed_bytes_ = 0;  // may be unsent besides --max-queue
  bool closing_ = false;          // a close frame has gone, and nothing goes behind it
  bool said_goodbye_ = false;     // and it was ours, not one that Beast answers with
  bool peer_closed_ = false;
  std::unique_ptr<WebSocket> websocket_;
  std::unique_ptr<Conversation> conversation_;  // once the upgrade is accepted
  bool speaks_protocol_ = false;
};

}  // namespace parley::chat
