#include "chatserver/mesh_options.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <utility>

#include "chatserver/mesh_keys.h"
#include "common/text.h"

namespace parley::chat {

namespace {

constexpr std::string_view kTcp = "tcp://";
constexpr std::string_view kUrl = "zmq://";

}  // namespace

std::string mesh_endpoint(const std::string& option, const std::string& text) {
  if (read_number<std::uint16_t>(text)) return std::string(kTcp) + "127.0.0.1:" + text;
  const bool is_ipc = text.starts_with(kIpcScheme) && text.size() > kIpcScheme.size();
  const std::size_t colon = text.rfind(':');
  const bool is_tcp = text.starts_with(kTcp) && colon > kTcp.size() &&
                      read_number<std::uint16_t>(std::string_view(text).substr(colon + 1));
  if (is_ipc || is_tcp) return text;
  throw std::runtime_error(option + " " + text +
                           ": write a port of this machine, tcp://host:port or ipc://path");
}

MeshAddress mesh_address(const std::string& text) {
  const std::size_t hash = text.rfind('#');
  if (hash == std::string::npos) return {mesh_endpoint("--sub", text), {}};
  const auto key = parse_peer_key(std::string_view(text).substr(hash + 1));
  if (!key) {
    throw std::runtime_error("--sub " + text +
                             ": behind '#' stands the other server's public key, 64 hexadecimal "
                             "digits as --make-peer-key prints them");
  }
  return {mesh_endpoint("--sub", text.substr(0, hash)), *key};
}

bool is_local_endpoint(std::string_view endpoint) {
  if (endpoint.starts_with(kIpcScheme)) return true;
  endpoint.remove_prefix(kTcp.size());
  const std::string_view host = endpoint.substr(0, endpoint.rfind(':'));
  // 127.example.com is another machine.
  const bool is_ipv4 = host.find_first_not_of("0123456789.") == host.npos;
  return (is_ipv4 && host.starts_with("127.")) || host == "localhost" || host == "[::1]";
}

std::string ask_endpoint(std::string_view published, std::string_view port) {
  if (published.starts_with(kIpcScheme)) {
    return port == kIpcPort ? std::string(published) + ".ask" : std::string();
  }
  const auto number = read_number<std::uint16_t>(port);
  if (!number || *number == 0) return {};
  return std::string(published.substr(0, published.rfind(':') + 1)).append(port);
}

void read_mesh_url(const std::string& url, MeshOptions& mesh) {
  const auto refuse = [&](const std::string& what) {
    throw std::runtime_error("--bus " + url + ": " + what +
                             "; write \"zmq://?pub=5000&sub=5001&sub=5002\"");
  };
  if (url == "zmq") return;
  std::string_view rest = std::string_view(url).substr(kUrl.size());
  if (!rest.starts_with('?')) refuse("there is no '?' behind zmq://");
  rest.remove_prefix(1);
  while (!rest.empty()) {
    const std::string_view part = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
    const std::string value(part.substr(std::min(part.size(), part.find('=') + 1)));
    if (part.starts_with("pub=")) {
      mesh.publish = value;
    } else if (part.starts_with("ask=")) {
      mesh.ask = value;
    } else if (part.starts_with("sub=")) {
      mesh.subscribe.push_back(value);
    } else {
      refuse("'" + std::string(part) + "' is none of pub=, sub= and ask=");
    }
  }
}

void check_mesh(MeshOptions& mesh) {
  if (mesh.publish.empty()) {
    throw std::runtime_error(
        "a mesh needs a place where this server publishes: give --pub PORT, and for each other "
        "server --sub with what it has for --pub");
  }
  mesh.publish = mesh_endpoint("--pub", mesh.publish);
  if (!mesh.ask.empty()) mesh.ask = mesh_endpoint("--ask", mesh.ask);
  if (mesh.key_file.empty()) {
    for (const auto& [option, endpoint] :
         {std::pair("--pub ", &mesh.publish), std::pair("--ask ", &mesh.ask)}) {
      if (endpoint->empty() || is_local_endpoint(*endpoint) || mesh.insecure) continue;
      throw std::runtime_error(
          option + *endpoint +
          ": without keys everybody who reaches it could read and write in every room. Give "
          "--peer-key FILE (make one with --make-peer-key FILE), or --insecure if the network is "
          "yours alone");
    }
    if (!mesh.allow.empty()) {
      throw std::runtime_error(
          "--peer-allow needs --peer-key FILE, a key of this server's own; --make-peer-key FILE "
          "makes one");
    }
  }
  for (const std::string& text : mesh.subscribe) {
    const bool has_key = !mesh_address(text).public_key.empty();
    if (has_key == !mesh.key_file.empty()) continue;
    throw std::runtime_error(
        "--sub " + text +
        (has_key ? ": it has a public key, so this server needs one too: --peer-key FILE"
                 : ": with --peer-key the other server's public key must stand behind it: "
                   "tcp://host:port#PUBLICKEY"));
  }
  if (!mesh.key_file.empty() && mesh.allow.empty() && mesh.subscribe.empty()) {
    throw std::runtime_error(
        "--peer-key: nobody may connect; name the others by --sub tcp://host:port#PUBLICKEY or "
        "--peer-allow PUBLICKEY");
  }
}

}  // namespace parley::chat
