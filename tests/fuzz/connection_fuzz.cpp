// A whole connection: bytes go into a socket, through the parser and the command table, and replies
// come back. Input: what a client sends, and (behind the first byte) in how large pieces. A second
// client is subscribed to everything, so that deliveries are made too.
//
// Whatever comes, the broker must not crash or hang, every reply must be one that a client can take
// apart, and when both clients are gone nobody may be left.
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "broker/broker.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/resp_reply.h"

namespace {

using namespace parley;

void require(bool condition) {
  if (!condition) std::abort();
}

// One end of a socket pair is the broker's, this is the other. What it does not read stays in the
// kernel, so it reads between writes.
class Peer {
 public:
  Peer(Loop& loop, broker::Broker& broker) {
    int ends[2];
    require(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
    ours_ = ends[0];
    boost::asio::ip::tcp::socket socket(loop.io());
    socket.assign(boost::asio::ip::tcp::v4(), ends[1]);
    socket.non_blocking(true);
    broker.accept(std::move(socket));
  }
  ~Peer() { close(); }

  void send(std::string_view bytes) {
    if (ours_ >= 0 && ::send(ours_, bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) return;
  }
  void read() {
    char bytes[4096];
    for (ssize_t n = 1; ours_ >= 0 && n > 0;) {
      n = ::recv(ours_, bytes, sizeof bytes, 0);
      if (n > 0) received_.append(bytes, static_cast<std::size_t>(n));
    }
  }
  void close() {
    if (ours_ >= 0) ::close(ours_);
    ours_ = -1;
  }

  bool received_nothing() const { return received_.empty(); }
  // A reply may be cut off by the end of the connection, but must never be nonsense.
  void require_replies() const {
    resp::ReplyParser parser;
    resp::Reply reply;
    std::string_view rest = received_;
    while (!rest.empty()) {
      const auto status = parser.parse(rest, reply);
      require(status != resp::ReplyParser::Status::kError);
      if (status == resp::ReplyParser::Status::kIncomplete) return;
      rest.remove_prefix(parser.consumed());
    }
  }

 private:
  int ours_ = -1;
  std::string received_;
};

// Commands that wait for time to pass would wait for ever here; a timer of the broker is not ready.
void run_dry(Loop& loop) {
  for (int i = 0; i < 1000 && loop.poll(); ++i) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece = 1 + data[0] * 16;
  std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  static const auto log = make_log("fuzz", LogOptions{.level = "off"});
  Loop loop;
  broker::Options options;
  options.protected_mode = false;  // a socket pair has no address
  broker::Broker broker(loop, *log, options);
  {
    Peer subscriber(loop, broker);
    subscriber.send("HELLO 3\r\nPSUBSCRIBE *\r\nSUBSCRIBE a\r\nSSUBSCRIBE a\r\n");
    run_dry(loop);
    subscriber.read();
    Peer client(loop, broker);
    while (!input.empty()) {
      client.send(input.substr(0, piece));
      input.remove_prefix(std::min(piece, input.size()));
      run_dry(loop);
      client.read();
      subscriber.read();
    }
    run_dry(loop);
    client.read();
    client.require_replies();
    subscriber.read();
    require(!subscriber.received_nothing());
    subscriber.require_replies();
  }
  broker.stop();
  run_dry(loop);
  require(broker.clients().empty());
  return 0;
}
