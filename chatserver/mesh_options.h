#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace parley::chat {

inline constexpr std::string_view kIpcScheme = "ipc://";
/// What a server tells instead of a port if it is asked at ipc://.
inline constexpr std::string_view kIpcPort = "ipc";

/// How a server meets others without a broker.
struct MeshOptions {
  std::string publish;                 // where this server publishes; empty: no mesh
  std::string ask;                     // where it is asked; empty: a free port beside it
  std::vector<std::string> subscribe;  // where others publish, `#PUBLICKEY` behind it with keys
  std::string key_file;                // empty: nothing is encrypted
  std::vector<std::string> allow;      // further public keys, or files of them
  bool insecure = false;               // other machines may connect without keys
  int queue_messages = 10'000;         // that wait at each end of a connection

  bool wanted() const { return !publish.empty() || !subscribe.empty(); }
};

/// Where another server publishes.
struct MeshAddress {
  std::string endpoint;    // tcp://host:port or ipc://path
  std::string public_key;  // 32 bytes, or empty
};

/// A port of this machine, or an endpoint. Throws std::runtime_error that names `option`.
std::string mesh_endpoint(const std::string& option, const std::string& text);
MeshAddress mesh_address(const std::string& text);
/// Whether only this machine reaches it.
bool is_local_endpoint(std::string_view endpoint);
/// What is asked of a server that publishes there and told this port, or kIpcPort.
/// Empty if it cannot be.
std::string ask_endpoint(std::string_view published, std::string_view port);

/// Reads `zmq://?pub=ENDPOINT&sub=ENDPOINT...` into the options; throws std::runtime_error.
void read_mesh_url(const std::string& url, MeshOptions& mesh);
/// Completes the endpoints. Throws std::runtime_error when something is missing, or would let
/// anybody in.
void check_mesh(MeshOptions& mesh);

}  // namespace parley::chat
