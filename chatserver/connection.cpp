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
// With so much room a client is waited for; a longer message is given a buffer of its own.
constexpr std::size_t kShortMessageBytes = 256;

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

// Why a conversation ends its connection, by the code that it gives.
Number number_of_cut(std::uint16_t code) {
  switch (code) {
    case kNoPong.code:
    case kPolicyViolation:
      return Number::kCutNoPong;
    case kStale.code:
      return Number::kCutStale;
    case kWrongForm.code:
    case kUnsupportedData:
      return Number::kCutWrongForm;
    case kSendNotAvailable.code:
      return Number::kCutNotAvailable;
    case kTryAgainLater:
      return Number::kCutNotReady;
    default:
      return Number::kCutBadRequest;
  }
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
  asio::co_spawn(server.loop().io(), serve(std::move(connection)), asio::detached);
}

Connection::Connection(Server& server, Socket socket)
    : server_(server),
      socket_(std::move(socket)),
      writer_(server.loop(), socket_, *this),
      stream_(socket_, writer_, *this) {
  error_code error;
  const auto endpoint = socket_.remote_endpoint(error);
  peer_ = error ? "?" : to_string(endpoint);
  by_proxy_ = is_in(plain_address(endpoint.address()), server_.options().trusted_proxies);
  place_ = by_proxy_ ? AddressTable::Place() : server_.addresses().take(endpoint.address());
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
    if (writer_.outbox().empty()) missed_bytes_ = 0;
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
    return;
  }
  if (!closing_) server_.count(Number::kCutShutdown);
  if (speaks_protocol_) {
    say_goodbye(kShutdown.code, kShutdown.reason);
  } else {
    say_goodbye(kGoingAway, "the server stops");
  }
}

// --- sending ---

void Connection::send_failed(const error_code&) {
  abort();
}

void Connection::send_blocked() {
  const std::size_t unsent = writer_.outbox().bytes();
  const std::size_t file = conversation_ ? 0 : StaticFiles::kFileBytesMax;
  if (unsent <= server_.options().queue_bytes_max + file + missed_bytes_) return;
  server_.log().warn("connection {} reads too slowly: {} bytes are unsent, --max-queue allows {}",
                     peer_, unsent, server_.options().queue_bytes_max);
  if (!conversation_ || closing_) {
    abort();
    return;
  }
  server_.count(Number::kCutSlow);
  writer_.keep_started_frame();
  if (speaks_protocol_) {
    say_goodbye(kSlow.code, kSlow.reason);
  } else {
    say_goodbye(kTryAgainLater, "you read too slowly");
  }
}

void Connection::send(std::string_view text) {
  if (closing_) return;
  writer_.write(WebSocketHeader(WebSocketHeader::kText, text.size()));
  writer_.write(text, false);
}

void Connection::send_missed(std::string_view text) {
  missed_bytes_ = std::min(missed_bytes_ + text.size(), kMissedBytesMax);
  send(text);
}

void Connection::ping() {
  writer_.write(WebSocketHeader(WebSocketHeader::kPing, 0));
}

void Connection::close(std::uint16_t code, std::string_view reason) {
  if (!closing_) server_.count(number_of_cut(code));
  say_goodbye(code, reason);
}

// Not with Beast's async_close: a read that finds a broken frame while that is being written would
// wait for it, it for the read, and neither would ever end.
void Connection::say_goodbye(std::uint16_t code, std::string_view reason) {
  if (closing_) return;
  begin_to_close();
  said_goodbye_ = true;
  allow(kCloseTimeout);
  const char code_bytes[] = {static_cast<char>(code >> 8), static_cast<char>(code)};
  writer_.write(WebSocketHeader(WebSocketHeader::kClose, sizeof code_bytes + reason.size()));
  writer_.write({code_bytes, sizeof code_bytes}, false);
  writer_.write(reason, false);
}

void Connection::begin_to_close() {
  closing_ = true;
  conversation_->end();
}

// Besides HTTP these are answers to control frames.
bool Connection::beast_writes(std::uint8_t first) {
  if (!conversation_) return true;
  if (closing_) return false;
  if (first == (WebSocketHeader::kFinal | WebSocketHeader::kClose)) begin_to_close();
  return true;
}

// --- the life of a connection ---

// All that is over when a client falls silent has a coroutine of its own, since the frame of one
// that waits stays in memory.
awaitable<void> Connection::serve(std::unique_ptr<Connection> self) {
  const bool converses = co_await self->begin();
  if (converses) co_await self->receive_messages();
  self->conversation_.reset();
  co_await self->wind_down();
}

awaitable<bool> Connection::begin() {
  if (!place_) {
    co_await answer(too_many({}));
    co_return false;
  }
  const std::optional<HttpRequest> upgrade = co_await serve_http();
  if (!upgrade) co_return false;
  co_return co_await accept(*upgrade);
}

HttpState Connection::http_state() const {
  return {server_.files(), [this] { return server_.why_not_ready(); },
          [this] { return server_.metrics(); }};
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
    if (server_.draining()) response.keep_alive(false);
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

HttpResponse Connection::too_many(const HttpRequest& request) {
  server_.refused(peer_);
  HttpResponse response =
      plain_answer(request, http::status::too_many_requests,
                   "your address has too many connections; this server allows " +
                       std::to_string(server_.options().connections_per_address_max) +
                       " at a time (--max-per-address)\n");
  response.keep_alive(false);
  return response;
}

std::optional<HttpResponse> Connection::take_place(const HttpRequest& upgrade) {
  if (!by_proxy_) return std::nullopt;
  const std::string forwarded_for = header_list(upgrade, "X-Forwarded-For");
  error_code error;
  const auto proxy = socket_.remote_endpoint(error);
  if (error) return std::nullopt;  // it has gone
  const IpAddress client =
      client_address(proxy.address(), forwarded_for, server_.options().trusted_proxies);
  peer_ = client.to_string() + " through " + peer_;
  place_ = server_.addresses().take(client);
  if (!place_) return too_many(upgrade);
  return std::nullopt;
}

std::optional<HttpResponse> Connection::prepare(const HttpRequest& upgrade,
                                                std::unique_ptr<Conversation>& conversation) {
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
  const ClientRules& rules = server_.options().clients;
  speaks_protocol_ = target->path == kProtocolPath;
  if (speaks_protocol_) {
    if (wants_protobuf(upgrade, *target) && !offers_json(upgrade)) {
      server_.log().warn("connection {}: refused the Protobuf form, only JSON is spoken", peer_);
      return plain_answer(upgrade, http::status::bad_request,
                          "only the JSON form is spoken here\n");
    }
    conversation = std::make_unique<ProtocolConversation>(wire, server_.rooms(), rules);
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
  conversation =
      std::make_unique<TextConversation>(wire, server_.rooms(), room, name, *newest, rules);
  return std::nullopt;
}

awaitable<bool> Connection::accept(const HttpRequest& upgrade) {
  std::unique_ptr<Conversation> conversation;
  auto refusal = take_place(upgrade);
  if (!refusal) refusal = prepare(upgrade, conversation);
  if (refusal) {
    refusal->keep_alive(false);
    co_await answer(std::move(*refusal));
    co_return false;
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
  if (error) co_return false;
  deadline_ = Time::max();
  conversation_ = std::move(conversation);
  conversation_->open();
  co_return true;
}

awaitable<void> Connection::receive_messages() {
  char text[kShortMessageBytes];
  error_code error;
  while (!error) {
    const auto [read_error, bytes] =
        co_await websocket_->async_read_some(asio::buffer(text), kResult);
    error = read_error;
    const std::string_view received(text, bytes);
    if (error) break;
    if (websocket_->is_message_done()) {
      take_message(received);
    } else {
      error = co_await receive_rest(received);
    }
  }
  count_bad_message(error);
}

awaitable<error_code> Connection::receive_rest(std::string_view begin) {
  beast::flat_buffer buffer;
  buffer.commit(asio::buffer_copy(buffer.prepare(begin.size()), asio::buffer(begin)));
  const auto [error, bytes] = co_await websocket_->async_read(buffer, kResult);
  const auto data = buffer.cdata();
  if (!error) take_message({static_cast<const char*>(data.data()), data.size()});
  co_return error;
}

void Connection::take_message(std::string_view message) {
  if (!closing_) conversation_->receive(message, websocket_->got_text());
}

// What Beast refuses it answers with a close frame by itself.
void Connection::count_bad_message(const error_code& error) {
  if (said_goodbye_) return;
  if (error == websocket::error::message_too_big) {
    server_.count(Number::kCutTooLarge);
  } else if (error == websocket::condition::protocol_violation) {
    server_.count(Number::kCutBadFrame);
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
