#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "chatserver/mesh_options.h"

namespace parley::chat {

/// Keys (Curve25519) as people see them are 64 hexadecimal digits; inside they are 32 bytes.
std::optional<std::string> parse_peer_key(std::string_view text);
std::string show_peer_key(std::string_view key);

struct PeerKeyPair {
  std::string public_key;
  std::string secret_key;
};

/// Makes a key and writes the secret half to a new file that only its owner may read. Returns the
/// public half as people see it. Throws std::runtime_error.
std::string make_peer_key(const std::string& file);
PeerKeyPair read_peer_key(const std::string& file);

/// The public keys of all who may connect. Throws std::runtime_error.
std::set<std::string> allowed_peers(const MeshOptions& mesh);

}  // namespace parley::chat
