#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "chatserver/client_address.h"
#include "chatserver/conversation.h"
#include "chatserver/mesh_options.h"
#include "common/log.h"

namespace parley::chat {

struct Options {
  std::string bind = "127.0.0.1";
  std::uint16_t port = 8080;
  std::string bus = "local";
  MeshOptions mesh;           // for the bus "zmq"
  std::uint32_t workers = 1;  // if it is not given: one for each core where they have a bus
  std::uint32_t history_size = 10'000;  // messages of a room
  std::string www;                      // empty: no page
  std::vector<std::string> origins;
  ClientRules clients{.messages_per_second = 50};
  std::uint64_t message_bytes_max = 64 * 1024;
  std::uint64_t queue_bytes_max = 1024 * 1024;
  std::uint32_t connections_max = 100'000;
  std::uint32_t connections_per_address_max = 0;  // 0: no limit
  std::vector<AddressRange> trusted_proxies;
  std::uint32_t drain_seconds = 0;
  std::uint32_t ready_grace_seconds = 5;
  LogOptions log;
};

/// Reads the command line. Throws ExitEarly after --help and --version, std::runtime_error with a
/// text for the person who started the program on a mistake.
Options parse_options(int argc, const char* const* argv);

}  // namespace parley::chat
