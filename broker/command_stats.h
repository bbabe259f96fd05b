#pragma once

#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "broker/command.h"

namespace parley::broker {

/// How long something took, time and again: counts on a scale that grows by a quarter a step, so a
/// percentile is right to within that. 1 KiB.
class Durations {
 public:
  void add(std::chrono::nanoseconds duration);
  /// The duration that `share` (0 to 1) of all stayed within; 0 when there were none.
  std::chrono::nanoseconds percentile(double share) const;

 private:
  static constexpr std::size_t kStepsPerDoubling = 4;

  std::uint64_t count_ = 0;
  std::array<std::uint32_t, 64 * kStepsPerDoubling> buckets_{};
};

/// What has become of the calls of one command.
struct CommandCounters {
  std::uint64_t calls = 0;
  std::uint64_t rejected = 0;  // by a check before it ran
  std::uint64_t failed = 0;    // it ran and answered an error
  std::chrono::nanoseconds spent{0};
  Durations durations;
};

/// Counters for each command that was called and for each code of an error that was sent. Belongs
/// to the Broker, on its thread.
class CommandStats {
 public:
  void count_call(const Command& command, std::chrono::nanoseconds spent, bool failed);
  void count_rejected(const Command& command) { ++of(command).rejected; }
  /// `reply` begins with the code: "ERR ...".
  void count_error(std::string_view reply);
  void reset();

  std::uint64_t errors() const { return errors_; }
  /// In alphabetical order of their full names.
  std::vector<std::pair<std::string, const CommandCounters*>> commands() const;
  /// "ERR" and how often, in alphabetical order.
  const std::vector<std::pair<std::string, std::uint64_t>>& errors_by_code() const {
    return errors_by_code_;
  }

 private:
  CommandCounters& of(const Command& command);

  boost::unordered_flat_map<const Command*, std::unique_ptr<CommandCounters>> commands_;
  std::vector<std::pair<std::string, std::uint64_t>> errors_by_code_;
  std::uint64_t errors_ = 0;
};

}  // namespace parley::broker
