#pragma once

#include <set>
#include <string>

#include "chatserver/zmq_socket.h"
#include "common/log.h"
#include "common/loop.h"

namespace parley::chat::mesh {

/// Says who may connect to the encrypted sockets of a context: those whose public key is known
/// (ZeroMQ's ZAP, RFC 27). There must be one before the sockets are bound.
class MeshGate final : private ZmqSocket::Owner {
 public:
  /// Refusals are logged at most so often.
  static constexpr std::chrono::seconds kLogPause{10};

  MeshGate(Loop& loop, Log& log, ZmqContext& context, std::set<std::string> allowed);

 private:
  void received(ZmqSocket& socket, std::span<const std::string_view> frames) override;

  Loop& loop_;
  Log& log_;
  std::set<std::string> allowed_;
  ZmqSocket socket_;
  Loop::Clock::time_point quiet_until_{};
};

}  // namespace parley::chat::mesh
