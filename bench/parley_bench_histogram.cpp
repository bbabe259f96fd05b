#include "bench/parley_bench_histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace parley::bench {

// Below 2^kStepBits a bucket is one nanosecond; above, each power of two has 2^kStepBits buckets.
std::size_t Histogram::bucket_of(std::uint64_t ns) {
  const int shift = std::max(0, static_cast<int>(std::bit_width(ns)) - kStepBits - 1);
  return (static_cast<std::size_t>(shift) << kStepBits) + (ns >> shift);
}

std::uint64_t Histogram::top_of(std::size_t bucket) {
  constexpr std::size_t kSteps = std::size_t{1} << kStepBits;
  if (bucket < 2 * kSteps) return bucket;
  const std::size_t shift = (bucket >> kStepBits) - 1;
  return (((bucket & (kSteps - 1)) + kSteps + 1) << shift) - 1;
}

void Histogram::add(std::chrono::nanoseconds duration) {
  const auto ns = static_cast<std::uint64_t>(std::max<long long>(duration.count(), 0));
  ++counts_[bucket_of(ns)];
  ++count_;
  max_ns_ = std::max(max_ns_, ns);
}

double Histogram::percentile_us(double part) const {
  const auto wanted = static_cast<std::uint64_t>(std::ceil(part * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
    seen += counts_[bucket];
    if (seen >= wanted && seen > 0) {
      return static_cast<double>(std::min(top_of(bucket), max_ns_)) / 1000;
    }
  }
  return 0;
}

}  // namespace parley::bench
