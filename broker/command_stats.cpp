#include "broker/command_stats.h"

#include <algorithm>
#include <bit>

#include "broker/command_table.h"

namespace parley::broker {

// A bucket is a power of two and the next two binary digits.
void Durations::add(std::chrono::nanoseconds duration) {
  const auto ns = std::max<std::uint64_t>(static_cast<std::uint64_t>(duration.count()), 4);
  const auto doubling = static_cast<std::size_t>(std::bit_width(ns) - 1);
  const std::size_t step = (ns >> (doubling - 2)) & (kStepsPerDoubling - 1);
  ++buckets_[doubling * kStepsPerDoubling + step];
  ++count_;
}

std::chrono::nanoseconds Durations::percentile(double share) const {
  const double wanted = share * static_cast<double>(count_);
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (seen == 0 || static_cast<double>(seen) < wanted) continue;
    const std::uint64_t quarter = (std::uint64_t{1} << (i / kStepsPerDoubling)) / kStepsPerDoubling;
    const std::uint64_t end = quarter * (kStepsPerDoubling + 1 + i % kStepsPerDoubling);
    return std::chrono::nanoseconds(end);
  }
  return std::chrono::nanoseconds(0);
}

CommandCounters& CommandStats::of(const Command& command) {
  auto& counters = commands_[&command];
  if (!counters) counters = std::make_unique<CommandCounters>();
  return *counters;
}

void CommandStats::count_call(const Command& command, std::chrono::nanoseconds spent, bool failed) {
  CommandCounters& counters = of(command);
  ++counters.calls;
  counters.spent += spent;
  counters.durations.add(spent);
  if (failed) ++counters.failed;
}

// The codes are ours, so there are few of them.
void CommandStats::count_error(std::string_view reply) {
  ++errors_;
  const std::string_view code = reply.substr(0, reply.find(' '));
  const auto at = std::lower_bound(
      errors_by_code_.begin(), errors_by_code_.end(), code,
      [](const auto& entry, std::string_view wanted) { return entry.first < wanted; });
  if (at != errors_by_code_.end() && at->first == code) {
    ++at->second;
  } else {
    errors_by_code_.emplace(at, code, 1);
  }
}

void CommandStats::reset() {
  commands_.clear();
  errors_by_code_.clear();
  errors_ = 0;
}

std::vector<std::pair<std::string, const CommandCounters*>> CommandStats::commands() const {
  std::vector<std::pair<std::string, const CommandCounters*>> all;
  for (const auto& entry : commands_) {
    all.emplace_back(full_name(container_of(*entry.first), *entry.first), entry.second.get());
  }
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace parley::broker
