#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "common/loop.h"

namespace parley::chat {

/// Whether this process should be sent new clients, as far as the bus is concerned: it must have
/// been reached by every worker, and not be away for longer than a time of grace. A short outage
/// hurts nobody who stays, and all servers have it at once: a balancer that takes them all out
/// makes it worse.
///
/// Each worker tells of its own bus, on its thread; any thread may ask.
class Readiness {
 public:
  using Time = Loop::Clock::time_point;

  Readiness(std::size_t workers, std::chrono::seconds grace);

  void bus_changed(std::size_t worker, bool up, Time now);
  /// Why not; empty: it is ready.
  std::string why_not(Time now) const;

 private:
  static constexpr std::int64_t kNever = -2;  // not reached yet
  static constexpr std::int64_t kUp = -1;

  std::size_t workers_;
  std::chrono::seconds grace_;
  std::unique_ptr<std::atomic<std::int64_t>[]> away_since_;  // ticks of the clock, kUp or kNever
};

}  // namespace parley::chat
