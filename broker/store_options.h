#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace parley::broker {

/// When a write is forced to the disk, as Redis's appendfsync: before anybody is told of it, once a
/// second, or when the kernel likes.
enum class Fsync : std::uint8_t { kAlways, kEverySecond, kNo };

struct StoreOptions {
  std::string directory;  // empty: streams are in memory only
  Fsync fsync = Fsync::kAlways;
  std::uint64_t memory_bytes_max = 256ULL << 20;  // for entries in memory
};

/// "always" ...
std::string_view to_word(Fsync fsync);
/// Where streams are, for the log.
std::string describe(const StoreOptions& options);

}  // namespace parley::broker
