#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace parley::broker {

/// What the broker has counted since it started.
struct Stats {
  std::chrono::steady_clock::time_point started_at = std::chrono::steady_clock::now();
  std::string run_id;  // 40 random hexadecimal digits

  std::uint64_t connections_received = 0;
  std::uint64_t connections_rejected = 0;
  std::uint64_t commands_processed = 0;
  std::uint64_t input_bytes = 0;
  std::uint64_t output_limit_cuts = 0;
  std::uint64_t query_buffer_cuts = 0;

  // Measured once a second.
  std::uint64_t commands_per_second = 0;
  std::uint64_t commands_at_last_second = 0;
};

}  // namespace parley::broker
