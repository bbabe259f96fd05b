#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "common/resp_request.h"

namespace parley::broker {

class Client;

/// The last commands that took longer than a threshold. Arguments are kept as Redis does: at most
/// kArgumentsMax of them, each cut at kArgumentBytesMax.
class SlowLog {
 public:
  static constexpr std::size_t kArgumentsMax = 32;
  static constexpr std::size_t kArgumentBytesMax = 128;

  struct Entry {
    std::uint64_t id;
    std::int64_t at;  // seconds since 1970
    std::chrono::microseconds spent;
    std::vector<std::string> arguments;
    std::string peer;
    std::string client_name;
  };

  void add(const Client& client, const resp::Args& args, std::chrono::microseconds spent,
           std::size_t entries_max);
  void reset() { entries_.clear(); }
  /// The newest first.
  const std::deque<Entry>& entries() const { return entries_; }

 private:
  std::deque<Entry> entries_;
  std::uint64_t next_id_ = 0;
};

}  // namespace parley::broker
