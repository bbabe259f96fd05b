#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace parley::bench {

enum class Proto { resp, nats, ws, ws_json, socket_io };

/// What the command line says; checked, so that every other part may trust it.
struct Options {
  Proto proto = Proto::resp;
  std::string host = "127.0.0.1";
  int port = 0;
  int pub_port = 0;  // 0: publish at `port`
  std::vector<int> more_ports;
  std::string path;  // WebSocket only
  std::string channel_prefix = "bench";

  int subscribers = 100;
  int channels = 1;
  bool channels_given = false;
  int publishers = 1;
  int stalled = 0;
  int patterns = 0;
  std::string pattern_shape = "user.N.*";
  int psubscribe = 0;  // patterns each subscriber holds instead of its channel; 0: SUBSCRIBE

  std::size_t payload_bytes = 64;
  int window = 100;
  std::uint64_t messages = 0;  // 0: run for `seconds`
  double seconds = 3;
  double warmup_seconds = 0.5;
  double rate = 0;  // messages per second; 0: closed loop
  int idle = 0;
  int churn = 0;

  std::vector<int> server_pids;
  double timeout_seconds = 10;    // longest wait for a single answer
  double deadline_seconds = 180;  // longest life of the program
  bool json = false;

  /// Where the nth subscriber goes.
  int subscriber_port(std::size_t n) const {
    const std::size_t place = n % (more_ports.size() + 1);
    return place == 0 ? port : more_ports[place - 1];
  }
  int publish_port() const { return pub_port != 0 ? pub_port : port; }
};

/// Reads the command line. Nothing: the program is to end at once with `exit_code`.
std::optional<Options> read_options(int argc, char** argv, int& exit_code);

}  // namespace parley::bench
