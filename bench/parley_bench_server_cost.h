#pragma once

#include <cstdint>
#include <vector>

namespace parley::bench {

struct CpuTime {
  double user_seconds = 0;
  double system_seconds = 0;
  double total() const { return user_seconds + system_seconds; }
  CpuTime operator-(const CpuTime& other) const {
    return {user_seconds - other.user_seconds, system_seconds - other.system_seconds};
  }
};

struct Memory {
  double resident_kib = 0;
  double peak_kib = 0;
};

/// What server processes have used up so far, from /proc. One entry for each pid, in order.
class ServerCost {
 public:
  /// Throws BenchError if one of them does not exist.
  explicit ServerCost(std::vector<int> pids);

  bool known() const { return !pids_.empty(); }
  const std::vector<int>& pids() const { return pids_; }

  /// user + system of all threads, in steps of 10 ms as the kernel gives it.
  std::vector<CpuTime> cpu() const;
  std::vector<Memory> memory() const;

 private:
  std::vector<int> pids_;
};

}  // namespace parley::bench
