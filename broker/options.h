#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "broker/history_limits.h"
#include "broker/password.h"
#include "broker/store_options.h"
#include "common/listener.h"
#include "common/log.h"

namespace parley::broker {

/// A client whose unsent output reaches `hard` bytes is cut at once; one that stays at `soft` bytes
/// or more for longer than `soft_seconds` is cut too. 0 switches a limit off.
struct OutputLimit {
  std::uint64_t hard = 0;
  std::uint64_t soft = 0;
  std::uint32_t soft_seconds = 0;
};

struct Limits {
  std::uint32_t clients_max = 10'000;
  std::uint64_t bulk_bytes_max = 512ULL * 1024 * 1024;
  std::uint64_t query_buffer_bytes_max = 1024ULL * 1024 * 1024;
  KeepAlive keep_alive;
  std::uint32_t idle_seconds_max = 0;           // 0: for ever; subscribers are exempt
  std::uint32_t subscriptions_max = 1'000'000;  // of one client
  HistoryLimits history;
  OutputLimit output_normal;
  OutputLimit output_pubsub{32ULL << 20, 8ULL << 20, 60};
  OutputLimit output_replica{256ULL << 20, 64ULL << 20, 60};  // shown only: there are no replicas
  std::int64_t slowlog_microseconds_min = 10'000;             // -1: no command is slow
  std::uint64_t slowlog_entries_max = 128;
};

struct Options {
  std::vector<std::string> bind{"127.0.0.1"};
  std::uint16_t port = 6379;
  std::optional<std::uint16_t> metrics_port;  // none: off
  LogOptions log;
  Password password;  // of the default user
  bool protected_mode = true;
  StoreOptions store;
  bool check = false;  // only verify the store
  Limits limits;
};

/// Reads the command line. Throws ExitEarly after --help and --version, std::runtime_error with a
/// text for the person who started the program on a mistake.
Options parse_options(int argc, const char* const* argv);

}  // namespace parley::broker
