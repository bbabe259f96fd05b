#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace parley::chat {

/// How long messages took from the server that accepted them to the outboxes of their readers
/// here: how many took at most each of some times. One thread, that of its Rooms.
struct LagCounts {
  /// Milliseconds, with the border; a last bucket takes all that is later.
  static constexpr std::array<std::int64_t, 15> kBordersMs{
      1, 2, 5, 10, 25, 50, 100, 250, 500, 1'000, 2'500, 5'000, 10'000, 30'000, 60'000};
  static constexpr std::size_t kBuckets = kBordersMs.size() + 1;

  std::array<std::uint64_t, kBuckets> buckets{};  // each for itself, not those before it
  std::uint64_t sum_ms = 0;

  /// Two machines' clocks may differ: what would be negative counts as nothing.
  void add(std::int64_t lag_ms) {
    const std::int64_t lag = std::max<std::int64_t>(0, lag_ms);
    const auto bucket = std::ranges::lower_bound(kBordersMs, lag) - kBordersMs.begin();
    ++buckets[static_cast<std::size_t>(bucket)];
    sum_ms += static_cast<std::uint64_t>(lag);
  }
};

}  // namespace parley::chat
