#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "broker/stream.h"

namespace parley::broker {

/// Entries or message-ids that a command will look at; while some of them are on disk alone, it
/// cannot run.
struct StreamNeed {
  std::string_view key;
  Range range = {};
  Trim trim = {};                 // if not kNothing: what this will remove, instead of the range
  std::uint64_t added_first = 0;  // entries that come before the trimming
  bool once = false;              // the message-ids, instead of entries
};
using StreamNeeds = std::vector<StreamNeed>;

/// The last node: where entries are appended.
inline constexpr Range kLastEntry{.count_max = 1, .newest_first = true};

inline void need_append(std::string_view key, const Trim& trim, StreamNeeds& needs) {
  needs.push_back({.key = key, .range = kLastEntry});
  if (trim.by != Trim::By::kNothing) {
    needs.push_back({.key = key, .trim = trim, .added_first = 1});
  }
}

}  // namespace parley::broker
