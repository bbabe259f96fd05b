#include "chatserver/mesh_gate.h"

#include <utility>

#include "chatserver/mesh_keys.h"

namespace parley::chat::mesh {

MeshGate::MeshGate(Loop& loop, Log& log, ZmqContext& context, std::set<std::string> allowed)
    : loop_(loop),
      log_(log),
      allowed_(std::move(allowed)),
      socket_(loop, context, ZmqSocket::Kind::kAuthenticate, *this) {
  socket_.bind("inproc://zeromq.zap.01");
}

// version, request, domain, address, identity, mechanism, public key
void MeshGate::received(ZmqSocket&, std::span<const std::string_view> frames) {
  const bool asks = frames.size() == 7 && frames[5] == "CURVE";
  const std::string_view request = frames.size() > 1 ? frames[1] : std::string_view();
  const bool may = asks && allowed_.contains(std::string(frames[6]));
  socket_.send(
      {"1.0", request, may ? "200" : "400", may ? "" : "this key is not allowed here", "", ""});
  if (may || loop_.now() < quiet_until_) return;
  quiet_until_ = loop_.now() + kLogPause;
  log_.warn("mesh: refused {}: its public key {} is not allowed; --peer-allow would allow it",
            asks ? frames[3] : "a connection", asks ? show_peer_key(frames[6]) : "is none, and");
}

}  // namespace parley::chat::mesh
