#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace parley::broker {

// Redis glob patterns: bytes in, yes or no out. Pure functions, no allocation, any thread.
//
// The language, byte by byte: `*` is any run of bytes, `?` any one byte, `\x` the byte x, `[...]` a
// class (`[^...]` its complement, `a-z` a range), anything else itself. The quirks are Redis's own:
// an empty channel matches only the empty pattern, a class may be unterminated, a range takes
// whatever third byte it finds, a pattern of more than 1000 stars matches nothing. One difference,
// on purpose: bytes are unsigned, so `[a-\xff]` means the same on every machine (Redis compares
// them as C `char`, which is signed on x86-64).

/// More star tokens than this, a final one not counted, and the pattern matches nothing, as in
/// Redis (the depth guard of CVE-2024-31228).
inline constexpr std::size_t kGlobStarsMax = 1000;

/// A set of byte values. A plain value, 32 bytes.
class ByteSet {
 public:
  static constexpr std::size_t kWords = 4;

  bool contains(unsigned char byte) const { return (words_[byte / 64] >> (byte % 64) & 1) != 0; }
  std::uint64_t word(std::size_t index) const { return words_[index]; }
  std::size_t size() const {
    std::size_t sum = 0;
    for (const std::uint64_t word : words_) sum += static_cast<std::size_t>(std::popcount(word));
    return sum;
  }

  void add(unsigned char byte) { words_[byte / 64] |= std::uint64_t{1} << (byte % 64); }
  void remove(unsigned char byte) { words_[byte / 64] &= ~(std::uint64_t{1} << (byte % 64)); }
  void complement() {
    for (std::uint64_t& word : words_) word = ~word;
  }
  bool operator==(const ByteSet&) const = default;

 private:
  std::array<std::uint64_t, kWords> words_{};
};

struct GlobToken {
  enum class Kind { kLiteral, kAny, kClass, kStar };
  Kind kind = Kind::kLiteral;
  unsigned char byte = 0;  // literal
  ByteSet set;             // class; may be empty or full
};

/// Reads a pattern token by token: `while (reader.next(token))`. A run of stars is one token.
class GlobReader {
 public:
  explicit GlobReader(std::string_view pattern) : rest_(pattern) {}
  bool next(GlobToken& token);

 private:
  std::string_view rest_;
};

/// True if `pattern` matches the whole of `text`. At most |pattern| * |text| byte comparisons.
bool glob_match(std::string_view pattern, std::string_view text);

/// The same, letters of ASCII in either case, as CONFIG GET wants it. As in Redis, an escaped
/// member of a class keeps its case, and a range is put in order before its ends lose theirs.
bool glob_match_nocase(std::string_view pattern, std::string_view text);

/// True if the pattern has no star, `?`, class or escape: then it matches itself and nothing else.
bool glob_is_literal(std::string_view pattern);

}  // namespace parley::broker
