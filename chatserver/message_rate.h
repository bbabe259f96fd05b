#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "common/loop.h"

namespace parley::chat {

/// How many messages a client may send: so many a second in the long run, and those of kBurst
/// seconds at once (a token bucket). Owned by its conversation.
class MessageRate {
 public:
  using Time = Loop::Clock::time_point;
  static constexpr double kBurst = 5;  // seconds

  /// 0: no limit.
  explicit MessageRate(std::uint32_t per_second)
      : per_second_(per_second), left_(per_second * kBurst) {}

  /// Whether one more may pass now.
  bool allow(Time now) {
    if (per_second_ == 0) return true;
    const std::chrono::duration<double> since = now - last_;
    last_ = now;
    left_ = std::min(per_second_ * kBurst, left_ + std::max(0.0, since.count()) * per_second_);
    if (left_ < 1) return false;
    left_ -= 1;
    return true;
  }
  std::uint32_t per_second() const { return per_second_; }

 private:
  std::uint32_t per_second_;
  double left_;
  Time last_{};
};

}  // namespace parley::chat
