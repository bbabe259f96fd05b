#pragma once

#include <chrono>

namespace parley::broker {

/// Times one command after the other with one look at the clock each: where one ends the next
/// begins, so a command is charged with its parsing too.
class Stopwatch {
 public:
  using Clock = std::chrono::steady_clock;

  /// Before the first of several commands.
  void start() { lap_began_ = Clock::now(); }
  /// The time since the last lap, or the start.
  std::chrono::nanoseconds lap() {
    const auto now = Clock::now();
    const auto spent = now - lap_began_;
    lap_began_ = now;
    return spent;
  }

 private:
  Clock::time_point lap_began_ = Clock::now();
};

}  // namespace parley::broker
