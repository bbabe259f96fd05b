#pragma once

#include "bench/parley_bench_wire.h"

namespace parley::bench {

/// Socket.IO over a WebSocket: Engine.IO 4 packets (a digit, then the content) that carry Socket.IO
/// 5 packets (again a digit). Source: socket.io/docs/v4/engine-io-protocol and
/// socket.io/docs/v4/socket-io-protocol. Messages are events named `message` with a text.
class SocketIoWire : public Wire {
 public:
  explicit SocketIoWire(std::string host) : host_(std::move(host)) {}

  void join(Connection& connection, const Member& member, Scratch& scratch) override;
  void append_publish(std::string& out, std::string_view channel,
                      std::string_view payload) override;
  std::size_t parse(std::string_view in, Sink& sink) override;
  bool fixed_size() const override { return false; }
  bool publishes_alike() const override { return true; }
  bool replies() const override { return false; }
  bool publishers_are_members() const override { return true; }

 private:
  std::string host_;
};

}  // namespace parley::bench
