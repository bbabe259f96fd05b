#include "chatserver/zmq_socket.h"

#include <sys/un.h>

#include <array>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <stdexcept>
#include <utility>
#include <vector>
#include <zmq.hpp>

#include "chatserver/mesh_options.h"

namespace parley::chat {

namespace {

// A connection whose other end says nothing for so long is given up, and made again.
constexpr int kHeartbeatMs = 2'000;
constexpr int kHeartbeatTimeoutMs = 6'000;
// Pauses between attempts to connect grow from one to the other.
constexpr int kReconnectMs = 100;
constexpr int kReconnectMsMax = 1'000;
constexpr int kConnectTimeoutMs = 5'000;
// So long what is published waits for its peers when the program ends.
constexpr int kLingerMs = 2'000;
constexpr std::string_view kMapped = "[::ffff:";

zmq::socket_type type_of(ZmqSocket::Kind kind) {
  switch (kind) {
    case ZmqSocket::Kind::kPublish:
      return zmq::socket_type::xpub;
    case ZmqSocket::Kind::kSubscribe:
      return zmq::socket_type::sub;
    case ZmqSocket::Kind::kAsk:
      return zmq::socket_type::dealer;
    case ZmqSocket::Kind::kAnswer:
      return zmq::socket_type::router;
    case ZmqSocket::Kind::kAuthenticate:
      break;
  }
  return zmq::socket_type::rep;
}

// ZeroMQ would take the path from whoever has it.
bool answers_at_path(Loop& loop, const std::string& endpoint) {
  if (!endpoint.starts_with(kIpcScheme)) return false;
  const std::string path = endpoint.substr(kIpcScheme.size());
  boost::asio::local::stream_protocol::socket probe(loop.io());
  boost::system::error_code error;
  if (path.size() < sizeof(sockaddr_un::sun_path)) probe.connect(path, error);
  return probe.is_open() && !error;
}

}  // namespace

struct ZmqContext::Zmq {
  int high_water;
  zmq::context_t context{1};
};

ZmqContext::ZmqContext(int high_water) : zmq_(new Zmq{.high_water = high_water}) {}

ZmqContext::~ZmqContext() = default;

struct ZmqSocket::Zmq {
  zmq::socket_t socket;
  std::array<zmq::message_t, kFramesMax> frames;
  std::array<std::string_view, kFramesMax> views;
};

ZmqSocket::ZmqSocket(Loop& loop, ZmqContext& context, Kind kind, Owner& owner)
    : Flushable(loop),
      owner_(owner),
      zmq_(new Zmq{zmq::socket_t(context.zmq_->context, type_of(kind)), {}, {}}),
      descriptor_(loop.io()),
      alive_(std::make_shared<bool>(true)) {
  zmq::socket_t& socket = zmq_->socket;
  socket.set(zmq::sockopt::linger, kind == Kind::kPublish ? kLingerMs : 0);
  // What a subscriber sends are its subscriptions, of which none may be dropped.
  socket.set(zmq::sockopt::sndhwm, kind == Kind::kSubscribe ? 0 : context.zmq_->high_water);
  socket.set(zmq::sockopt::rcvhwm, context.zmq_->high_water);
  socket.set(zmq::sockopt::ipv6, 1);
  socket.set(zmq::sockopt::heartbeat_ivl, kHeartbeatMs);
  socket.set(zmq::sockopt::heartbeat_timeout, kHeartbeatTimeoutMs);
  socket.set(zmq::sockopt::heartbeat_ttl, kHeartbeatTimeoutMs);
  socket.set(zmq::sockopt::reconnect_ivl, kReconnectMs);
  socket.set(zmq::sockopt::reconnect_ivl_max, kReconnectMsMax);
  socket.set(zmq::sockopt::connect_timeout, kConnectTimeoutMs);
  if (kind == Kind::kPublish) {
    socket.set(zmq::sockopt::xpub_nodrop, 0);   // a slow peer's messages are dropped; nobody waits
    socket.set(zmq::sockopt::xpub_verbose, 1);  // of a peer that came back we hear again
  }
  descriptor_.assign(socket.get(zmq::sockopt::fd));
  wait();
  mark();
}

// The descriptor is ZeroMQ's.
ZmqSocket::~ZmqSocket() {
  *alive_ = false;
  descriptor_.release();
}

void ZmqSocket::limit_frames(std::int64_t bytes_max) {
  zmq_->socket.set(zmq::sockopt::maxmsgsize, bytes_max);
}

void ZmqSocket::encrypt_as_server(const CurveKeys& keys) {
  zmq_->socket.set(zmq::sockopt::zap_domain, "parley");
  zmq_->socket.set(zmq::sockopt::curve_server, 1);
  zmq_->socket.set(zmq::sockopt::curve_secretkey, keys.own_secret);
}

void ZmqSocket::encrypt_as_client(const CurveKeys& keys) {
  zmq_->socket.set(zmq::sockopt::curve_serverkey, keys.server_public);
  zmq_->socket.set(zmq::sockopt::curve_publickey, keys.own_public);
  zmq_->socket.set(zmq::sockopt::curve_secretkey, keys.own_secret);
}

void ZmqSocket::bind(const std::string& endpoint) {
  if (answers_at_path(loop(), endpoint)) {
    throw std::runtime_error("cannot bind " + endpoint + ": another server is running there");
  }
  try {
    zmq_->socket.bind(endpoint);
  } catch (const zmq::error_t& error) {
    throw std::runtime_error("cannot bind " + endpoint + " for other servers: " + error.what() +
                             "; is another server running there?");
  }
}

void ZmqSocket::connect(const std::string& endpoint) {
  try {
    zmq_->socket.connect(endpoint);
  } catch (const zmq::error_t& error) {
    throw std::runtime_error("cannot connect to " + endpoint + ": " + error.what() +
                             "; write tcp://host:port or ipc://path");
  }
}

std::string ZmqSocket::endpoint() const {
  std::string endpoint = zmq_->socket.get(zmq::sockopt::last_endpoint);
  // IPv4 as a socket for both shows it: tcp://[::ffff:127.0.0.1]:5000
  const std::size_t mapped = endpoint.find(kMapped);
  if (mapped != std::string::npos) {
    endpoint.erase(endpoint.find(']', mapped), 1);
    endpoint.erase(mapped, kMapped.size());
  }
  return endpoint;
}

void ZmqSocket::subscribe(const std::string& topic) {
  zmq_->socket.set(zmq::sockopt::subscribe, topic);
  mark();
}

void ZmqSocket::unsubscribe(const std::string& topic) {
  zmq_->socket.set(zmq::sockopt::unsubscribe, topic);
  mark();
}

bool ZmqSocket::send(std::initializer_list<std::string_view> frames) {
  mark();
  std::size_t left = frames.size();
  try {
    for (std::string_view frame : frames) {
      auto flags = zmq::send_flags::dontwait;
      if (--left > 0) flags = flags | zmq::send_flags::sndmore;
      if (!zmq_->socket.send(zmq::const_buffer(frame.data(), frame.size()), flags)) return false;
    }
  } catch (const zmq::error_t&) {
    return false;  // nobody to send to: to a router that is no error, to a dealer it is "later"
  }
  return true;
}

// --- receiving ---

void ZmqSocket::wait() {
  descriptor_.async_wait(boost::asio::posix::descriptor_base::wait_read,
                         [this, alive = alive_](const boost::system::error_code& error) {
                           if (error || !*alive) return;
                           drain();
                           if (*alive) wait();
                         });
}

void ZmqSocket::flush() {
  drain();
}

void ZmqSocket::drain() {
  const std::shared_ptr<bool> alive = alive_;
  for (int i = 0; i < kMessagesPerTurn; ++i) {
    const bool more = (zmq_->socket.get(zmq::sockopt::events) & ZMQ_POLLIN) != 0 && receive();
    if (!more || !*alive) return;
  }
  if (std::exchange(turn_is_due_, true)) return;
  boost::asio::post(loop().io(), [this, alive] {
    if (!*alive) return;
    turn_is_due_ = false;
    drain();
  });
}

bool ZmqSocket::receive() {
  std::size_t count = 0;
  try {
    bool more = true;
    zmq::message_t beyond;
    while (more) {
      zmq::message_t& frame = count < kFramesMax ? zmq_->frames[count] : beyond;
      if (!zmq_->socket.recv(frame, zmq::recv_flags::dontwait)) return false;
      more = frame.more();
      if (count < kFramesMax) zmq_->views[count++] = {frame.data<char>(), frame.size()};
    }
  } catch (const zmq::error_t&) {
    return false;
  }
  owner_.received(*this, std::span(zmq_->views).first(count));
  return true;
}

}  // namespace parley::chat
