#include "chatserver/mesh_keys.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <zmq.hpp>

namespace parley::chat {

namespace {

constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kZ85Bytes = 41;  // with the NUL at its end

std::string from_z85(const char* text) {
  std::string key(kKeyBytes, '\0');
  if (zmq_z85_decode(reinterpret_cast<std::uint8_t*>(key.data()), text) == nullptr) {
    throw std::runtime_error("ZeroMQ made a key that it cannot read");
  }
  return key;
}

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// A line of a file without what stands behind '#' and without blanks around it.
std::string_view word_of(std::string_view line) {
  line = line.substr(0, line.find('#'));
  while (!line.empty() && std::strchr(" \t\r", line.back())) line.remove_suffix(1);
  while (!line.empty() && std::strchr(" \t", line.front())) line.remove_prefix(1);
  return line;
}

void add_file(const std::string& name, std::set<std::string>& keys) {
  std::ifstream file(name);
  if (!file) {
    throw std::runtime_error("--peer-allow " + name +
                             ": it is neither a public key (64 hexadecimal digits) nor a file that "
                             "can be read");
  }
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    const std::string_view word = word_of(line);
    if (word.empty()) continue;
    const auto key = parse_peer_key(word);
    if (!key) {
      throw std::runtime_error("--peer-allow " + name + ", line " + std::to_string(number) +
                               ": write one public key a line, 64 hexadecimal digits");
    }
    keys.insert(*key);
  }
}

}  // namespace

std::optional<std::string> parse_peer_key(std::string_view text) {
  if (text.size() != 2 * kKeyBytes) return std::nullopt;
  std::string key;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = digit_of(text[i]);
    const int low = digit_of(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    key.push_back(static_cast<char>(high << 4 | low));
  }
  return key;
}

std::string show_peer_key(std::string_view key) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const char c : key) {
    const auto byte = static_cast<unsigned char>(c);
    text.push_back(kDigits[byte >> 4]);
    text.push_back(kDigits[byte & 15]);
  }
  return text;
}

std::string make_peer_key(const std::string& file) {
  char public_key[kZ85Bytes];
  char secret_key[kZ85Bytes];
  if (zmq_curve_keypair(public_key, secret_key) != 0) {
    throw std::runtime_error("this ZeroMQ was built without CURVE and can make no keys");
  }
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    throw std::runtime_error("--make-peer-key " + file + ": " + std::strerror(errno) +
                             "; name a file that is not there yet, in a folder that may be "
                             "written");
  }
  const std::string line = show_peer_key(from_z85(secret_key)) + "\n";
  const bool written =
      ::write(descriptor, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  if (::close(descriptor) != 0 || !written) {
    throw std::runtime_error("--make-peer-key " + file + ": it could not be written");
  }
  return show_peer_key(from_z85(public_key));
}

PeerKeyPair read_peer_key(const std::string& name) {
  std::ifstream file(name);
  std::string line;
  std::getline(file, line);
  const auto secret = parse_peer_key(word_of(line));
  if (!secret) {
    throw std::runtime_error("--peer-key " + name +
                             ": there is no key in it; make one with --make-peer-key FILE");
  }
  char secret_text[kZ85Bytes];
  char public_text[kZ85Bytes];
  zmq_z85_encode(secret_text, reinterpret_cast<const std::uint8_t*>(secret->data()), kKeyBytes);
  if (zmq_curve_public(public_text, secret_text) != 0) {
    throw std::runtime_error("this ZeroMQ was built without CURVE; --peer-key is not possible");
  }
  return {from_z85(public_text), *secret};
}

std::set<std::string> allowed_peers(const MeshOptions& mesh) {
  std::set<std::string> keys;
  for (const std::string& text : mesh.subscribe) keys.insert(mesh_address(text).public_key);
  for (const std::string& text : mesh.allow) {
    if (const auto key = parse_peer_key(text)) {
      keys.insert(*key);
    } else {
      add_file(text, keys);
    }
  }
  keys.erase("");
  return keys;
}

}  // namespace parley::chat
