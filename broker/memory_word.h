#pragma once

#include <cstdint>
#include <string_view>

namespace parley::broker {

/// Whether a word is a size of memory.
enum class MemoryWord : std::uint8_t { kOk, kNotMemory, kTooLarge };

/// Reads "512mb" and the like: a number of bytes, or of k, m, g (powers of 1000) or kb, mb, gb
/// (powers of 1024), in any case.
MemoryWord read_memory(std::string_view word, std::uint64_t& bytes);

}  // namespace parley::broker
