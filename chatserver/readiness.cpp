#include "chatserver/readiness.h"

#include <algorithm>

namespace parley::chat {

Readiness::Readiness(std::size_t workers, std::chrono::seconds grace)
    : workers_(workers),
      grace_(grace),
      away_since_(std::make_unique<std::atomic<std::int64_t>[]>(workers)) {
  for (std::size_t worker = 0; worker < workers; ++worker) away_since_[worker] = kNever;
}

void Readiness::bus_changed(std::size_t worker, bool up, Time now) {
  std::atomic<std::int64_t>& since = away_since_[worker];
  if (up) {
    since.store(kUp, std::memory_order_relaxed);
  } else if (since.load(std::memory_order_relaxed) == kUp) {
    since.store(now.time_since_epoch().count(), std::memory_order_relaxed);
  }
}

std::string Readiness::why_not(Time now) const {
  Time::duration longest{-1};
  for (std::size_t worker = 0; worker < workers_; ++worker) {
    const std::int64_t since = away_since_[worker].load(std::memory_order_relaxed);
    if (since == kNever) return "the bus has not been reached yet";
    if (since == kUp) continue;
    // Another worker's word may be newer than `now`.
    const auto away = std::max(Time::duration{0}, now - Time(Time::duration(since)));
    longest = std::max(longest, away);
  }
  if (longest < grace_) return {};
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(longest);
  return "the bus has been away for " + std::to_string(seconds.count()) + " s";
}

}  // namespace parley::chat
