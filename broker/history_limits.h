#pragma once

#include <chrono>
#include <cstdint>

namespace parley::broker {

/// Where a node of a stream ends, as in Redis: stream-node-max-bytes and stream-node-max-entries.
/// 0: no limit.
struct NodeLimits {
  std::uint64_t bytes_max = 4096;
  std::uint64_t entries_max = 100;
};

/// How many message-ids XPUBLISH ... ONCE remembers, and how long. At a limit the oldest of the
/// stream is forgotten.
struct OnceLimits {
  std::uint32_t ids_max = 10'000;  // of one stream
  std::chrono::milliseconds age_max = std::chrono::minutes(10);
  std::uint64_t ids_total_max = 10'000'000;  // of all streams together
};

struct HistoryLimits {
  NodeLimits nodes = {};
  OnceLimits once = {};
};

}  // namespace parley::broker
