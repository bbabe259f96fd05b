#include "chatserver/connection.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>

#include "chatserver/client_protocol.h"
#include "chatserver/identifier.h"
#include "chatserver/names.h"
#include "chatserver/origin.h"
#include "chatserver/protocol_conversation.h"
#include "chatserver/request_target.h"
#include "chatserver/server.h"
#include "chatserver/text_conversation.h"
#include "chatserver/websocket_frame.h"
#include "common/listener.h"

namespace parley::chat {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using asio::awaitable;
using boost::system::error_code;

namespace {

constexpr auto kResult = asio::as_tuple(asio::use_awaitable);
constexpr std::string_view kProtocolPath = "/connection/websocket";
constexpr std::uint16_t kGoingAway = 1001;
constexpr std::uint16_t kTryAgainLater = 1013;
// A buffer that has grown beyond this is given back after the message.
constexpr std::size_t kKeptBufferBytes = 4 * 1024;

std::string_view view(beast::string_view text) {
  return {text.data(), text.size()};
}

bool wants_protobuf(const HttpRequest& request, const RequestTarget& target) {
  const auto protocols = view(request[http::field::sec_websocket_protocol]);
  return protocols.find("centrifuge-protobuf") != std::string_view::npos ||
         target.parameter("cf_protocol") == "protobuf" || target.parameter("format") == "protobuf";
}

// 16 bytes in base64 (RFC 6455, section 4.1); Beast takes any text.
bool is_websocket_key(std::string_view key) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  return key.size() == 24 && key.ends_with("==") &&
         key.substr(0, 22).find_first_not_of(kAlphabet) == std::string_view::npos;
}

// Nothing for what is no number; too many are as many as there can be.
std::optional<std::size_t> count_of(const std::string& text) {
  if (text.empty()) return 0;
  if (text.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
  return text.size() > 6 ? RoomTail::kMessagesMax
                         : std::min<std::size_t>(std::stoul(text), RoomTail::kMessagesMax);
}

bool offers_json(const HttpRequest& request) {
  return view(request[http::field::sec_websocket_protocol]).find("centrifuge-json") !=
         std::string_view::npos;
}

}  // namespace

class Connection::WebSocket : public websocket::stream<OutboxStream&, false> {
 public:
  using websocket::stream<OutboxStream&, false>::stream;
};

void Connection::start(Server& server, Socket socket) {
  auto connection = std::make_unique<Connection>(server, std::move(socket));
  asio::co_spawn(
      server.loop().io(),
      [](std::unique_ptr<Connection> owned) -> awaitable<void> {
        co_await owned->serve();
      }(std::move(connection)),
      asio::detached);
}

Connection::Connection(Server& server, Socket socket)
    : server_(server),
      socket_(std::move(socket)),
      writer_(server.loop(), socket_, *this),
      stream_(socket_, writer_) {
  error_code error;
  const auto endpoint = socket_.remote_endpoint(error);
  peer_ = error ? "?" : to_string(endpoint);
  allow(kRequestTimeout);
  server_.add(*this);
}

Connection::~Connection() {
  server_.remove(*this);
}

void Connection::allow(std::chrono::seconds time) {
  deadline_ = server_.loop().now() + time;
}

void Connection::check_time(Time now) {
  if (now > deadline_) {
    abort();
  } else if (conversation_ && !closing_) {
    conversation_->check_time(now);
  }
}

void Connection::abort() {
  writer_.shut();
  error_code ignored;
  socket_.close(ignored);
}

void Connection::shut_down() {
  if (!conversation_) {
    abort();
  } else if (speaks_protocol_) {
    close(kShutdown.code, kShutdown.reason);
  } else {
    close(kGoingAway, "the server stops");
  }
}

// --- sending ---

void Connection::send_failed(const error_code&) {
  abort();
}

void Connection::send_blocked() {
  const std::size_t unsent = writer_.outbox().bytes();
  if (unsent <= server_.options().queue_bytes_max) return;
  server_.log().warn("connection {} reads too slowly: {} bytes are unsent, --max-queue allows {}",
                     peer_, unsent, server_.options().queue_bytes_max);
  if (!conversation_ || closing_) {
    abort();
    return;
  }
  conversation_->end();
  writer_.keep_started_frame();
  if (speaks_protocol_) {
    close(kSlow.code, kSlow.reason);
  } else {
    close(kTryAgainLater, "you read too slowly");
  }
}

void Connection::send(std::string_view text) {
  if (closing_) return;
  writer_.write(WebSocketHeader(WebSocketHeader::kText, text.size()));
  writer_.write(text, false);
}

void Connection::ping() {
  writer_.write(WebSocketHeader(WebSocketHeader::kPing, 0));
}

void Connection::close(std::uint16_t code, std::string_view reason) {
  if (closing_) return;
  closing_ = true;
  allow(kCloseTimeout);
  const websocket::close_reason why(static_cast<websocket::close_code>(code),
                                    beast::string_view(reason.data(), reason.size()));
  websocket_->async_close(why, [](const error_code&) {});
}

// --- the life of a connection ---

awaitable<void> Connection::serve() {
  auto upgrade = co_await serve_http();
  if (upgrade) co_await converse(std::move(*upgrade));
  co_await wind_down();
}

HttpState Connection::http_state() const {
  if (server_.draining()) return {server_.files(), false, "this server is about to stop"};
  return {server_.files(), server_.rooms().bus().up(), "the bus is away"};
}

awaitable<std::optional<HttpRequest>> Connection::serve_http() {
  beast::flat_buffer buffer(kHeaderBytesMax + kBodyBytesMax);
  for (;;) {
    http::request_parser<http::string_body> parser;
    parser.header_limit(kHeaderBytesMax);
    parser.body_limit(kBodyBytesMax);
    const auto [error, bytes] = co_await http::async_read(stream_, buffer, parser, kResult);
    if (error) {
      co_await refuse(error);
      co_return std::nullopt;
    }
    HttpRequest request = parser.release();
    if (websocket::is_upgrade(request)) co_return request;
    HttpResponse response = answer_http(request, http_state());
    const bool keep_alive = response.keep_alive();
    co_await answer(std::move(response));
    if (!keep_alive) co_return std::nullopt;
    allow(kKeepAliveTimeout);
  }
}

// Only a request that came and was wrong gets an answer.
awaitable<void> Connection::refuse(const error_code& error) {
  if (error.category() != make_error_code(http::error::bad_method).category()) {
    peer_closed_ = true;
    co_return;
  }
  if (error == http::error::end_of_stream || error == http::error::partial_message) co_return;
  const auto status = error == http::error::body_limit ? http::status::payload_too_large
                      : error == http::error::header_limit
                          ? http::status::request_header_fields_too_large
                          : http::status::bad_request;
  server_.log().info("connection {}: refused a request: {}", peer_, error.message());
  HttpResponse response = plain_answer(
      {}, status, "this is not a request that can be understood: " + error.message() + "\n");
  response.keep_alive(false);
  co_await answer(std::move(response));
}

awaitable<void> Connection::answer(HttpResponse response) {
  http::serializer<false, http::string_body> serializer(response);
  // The answer to HEAD has a length and no body.
  const bool header_only = response.body().empty();
  if (header_only) {
    co_await http::async_write_header(stream_, serializer, kResult);
  } else {
    co_await http::async_write(stream_, serializer, kResult);
  }
}

std::optional<HttpResponse> Connection::prepare(const HttpRequest& upgrade) {
  const auto target = parse_request_target(view(upgrade.target()));
  if (!target)
    return plain_answer(upgrade, http::status::bad_request, "the address is malformed\n");
  if (!is_websocket_key(view(upgrade[http::field::sec_websocket_key]))) {
    return plain_answer(upgrade, http::status::bad_request,
                        "Sec-WebSocket-Key must be 16 bytes in base64\n");
  }
  if (!origin_allowed(view(upgrade[http::field::origin]), view(upgrade[http::field::host]),
                      server_.options().origins)) {
    server_.log().warn("connection {}: refused a page from {} (--origin allows more)", peer_,
                       view(upgrade[http::field::origin]));
    return plain_answer(upgrade, http::status::forbidden, "pages from elsewhere may not connect\n");
  }
  if (server_.draining()) {
    return plain_answer(upgrade, http::status::service_unavailable,
                        "this server is about to stop; connect again\n");
  }
  Wire& wire = *this;
  const MessageRate rate(server_.options().messages_per_second);
  speaks_protocol_ = target->path == kProtocolPath;
  if (speaks_protocol_) {
    if (wants_protobuf(upgrade, *target) && !offers_json(upgrade)) {
      server_.log().warn("connection {}: refused the Protobuf form, only JSON is spoken", peer_);
      return plain_answer(upgrade, http::status::bad_request,
                          "only the JSON form is spoken here\n");
    }
    conversation_ = std::make_unique<ProtocolConversation>(wire, server_.rooms(), rate);
    return std::nullopt;
  }
  std::string room = target->parameter("room");
  if (room.empty()) room = "lobby";
  std::string name = target->parameter("name");
  if (name.empty()) name = guest_name();
  for (const std::string& error : {room_name_error(room), person_name_error(name)}) {
    if (!error.empty()) return plain_answer(upgrade, http::status::bad_request, error + "\n");
  }
  const auto newest = count_of(target->parameter("history"));
  if (!newest) {
    return plain_answer(upgrade, http::status::bad_request,
                        "history is the number of latest messages to send first\n");
  }
  conversation_ =
      std::make_unique<TextConversation>(wire, server_.rooms(), room, name, *newest, rate);
  return std::nullopt;
}

awaitable<void> Connection::converse(HttpRequest upgrade) {
  if (auto refusal = prepare(upgrade)) {
    refusal->keep_alive(false);
    co_await answer(std::move(*refusal));
    co_return;
  }
  websocket_ = std::make_unique<WebSocket>(stream_);
  websocket_->read_message_max(server_.options().message_bytes_max);
  websocket_->auto_fragment(false);
  if (offers_json(upgrade)) {
    websocket_->set_option(
        websocket::stream_base::decorator([](websocket::response_type& response) {
          response.set(http::field::sec_websocket_protocol, "centrifuge-json");
        }));
  }
  websocket_->control_callback([this](websocket::frame_type kind, beast::string_view) {
    if (kind == websocket::frame_type::pong) conversation_->pong();
  });
  const auto [error] = co_await websocket_->async_accept(upgrade, kResult);
  upgrade = {};
  if (!error) {
    deadline_ = Time::max();
    conversation_->open();
    co_await receive_messages();
  }
  conversation_.reset();
}

awaitable<void> Connection::receive_messages() {
  beast::flat_buffer buffer;
  for (;;) {
    const auto [error, bytes] = co_await websocket_->async_read(buffer, kResult);
    if (error) break;
    if (!closing_) {
      const auto data = buffer.cdata();
      conversation_->receive({static_cast<const char*>(data.data()), data.size()},
                             websocket_->got_text());
    }
    buffer.consume(buffer.size());
    if (buffer.capacity() > kKeptBufferBytes) buffer = {};
  }
}

// Sends what is still to be sent, then waits a moment for the peer to close: a reset from our side
// could overtake our last words.
awaitable<void> Connection::wind_down() {
  allow(kCloseTimeout);
  writer_.flush();
  while (socket_.is_open() && !writer_.outbox().empty()) {
    co_await socket_.async_wait(Socket::wait_write, kResult);
    writer_.flush();
  }
  error_code error;
  if (socket_.is_open() && !peer_closed_) {
    socket_.shutdown(Socket::shutdown_send, error);
    char rest[512];
    while (!error) {
      const auto [read_error, bytes] =
          co_await socket_.async_read_some(asio::buffer(rest), kResult);
      error = read_error;
    }
  }
  socket_.close(error);
  while (writer_.pending()) co_await asio::post(server_.loop().io(), asio::use_awaitable);
}

}  // namespace parley::chat
