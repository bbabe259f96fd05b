#include "broker/memory_word.h"

#include <charconv>

#include "broker/command.h"
#include "common/text.h"

namespace parley::broker {

namespace {

struct Unit {
  std::string_view name;
  std::uint64_t bytes;
};

constexpr Unit kUnits[] = {
    {"", 1},          {"b", 1},           {"k", 1000},          {"kb", 1024},
    {"m", 1'000'000}, {"mb", 1024 << 10}, {"g", 1'000'000'000}, {"gb", 1024 << 20},
};

}  // namespace

MemoryWord read_memory(std::string_view word, std::uint64_t& bytes) {
  const char* const end = word.data() + word.size();
  std::uint64_t number = 0;
  const auto result = std::from_chars(word.data(), end, number);
  if (result.ptr == word.data()) return MemoryWord::kNotMemory;
  const std::string_view name(result.ptr, static_cast<std::size_t>(end - result.ptr));
  for (const Unit& unit : kUnits) {
    if (!equals_ignoring_case(name, unit.name)) continue;
    if (result.ec != std::errc() || number > UINT64_MAX / unit.bytes) return MemoryWord::kTooLarge;
    bytes = number * unit.bytes;
    return MemoryWord::kOk;
  }
  return MemoryWord::kNotMemory;
}

}  // namespace parley::broker
