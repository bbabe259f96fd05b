#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace parley::bench {

// Durations, counted in buckets that are at most 1/128 of their value wide, so that a percentile is
// right within 0.8 % whatever its size and memory does not grow with the number of samples.
class Histogram {
 public:
  void add(std::chrono::nanoseconds duration);

  std::uint64_t count() const { return count_; }
  /// The duration that `part` (0 to 1) of all samples do not exceed, in microseconds.
  double percentile_us(double part) const;
  double max_us() const { return static_cast<double>(max_ns_) / 1000; }

 private:
  static constexpr int kStepBits = 7;
  static constexpr std::size_t kBuckets = (64 - kStepBits + 1) << kStepBits;
  static std::size_t bucket_of(std::uint64_t ns);
  static std::uint64_t top_of(std::size_t bucket);

  std::array<std::uint64_t, kBuckets> counts_{};
  std::uint64_t count_ = 0;
  std::uint64_t max_ns_ = 0;
};

}  // namespace parley::bench
