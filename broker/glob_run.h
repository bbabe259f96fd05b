#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "broker/glob.h"

namespace parley::broker {

// A run is what stands between two stars of a glob, in one canonical encoding, so that equal runs
// are equal bytes and a run may be cut and joined at any token:
//
//   ordinary byte  itself          one of * ? [ \  `\` and the byte
//   any byte       `?`             class           `[` and the 32 bytes of a ByteSet
//
// Classes of one byte have become that byte, classes of all bytes `?`. Pure functions, any thread.

// Cuts a pattern at its stars: n star tokens make n + 1 runs; only the first and the last may be
// empty. False if the pattern can never match: an empty class, or more stars than kGlobStarsMax.
bool split_runs(std::string_view pattern, std::vector<std::string>& runs);

void append_literal(std::string& run, unsigned char byte);
void append_class(std::string& run, const ByteSet& set);  // one or more members

std::string reversed_run(std::string_view run);
std::size_t run_tokens(std::string_view run);                    // how many bytes of text it takes
std::size_t run_common(std::string_view a, std::string_view b);  // bytes of the common prefix

inline std::size_t token_bytes(char lead) {
  if (lead == '[') return 1 + sizeof(ByteSet);
  return lead == '\\' ? 2 : 1;
}

// Both need a class or a literal token respectively.
inline ByteSet token_set(std::string_view token) {
  ByteSet set;
  std::memcpy(&set, token.data() + 1, sizeof set);
  return set;
}
inline unsigned char token_byte(std::string_view token) {
  return static_cast<unsigned char>(token[0] == '\\' ? token[1] : token[0]);
}

// A place in a text that is read forwards, or backwards from its end.
template <bool forwards>
struct TextCursor {
  const char* at;
  const char* stop;

  bool done() const { return at == stop; }
  unsigned char take() { return static_cast<unsigned char>(forwards ? *at++ : *--at); }
};

// Steps over as much text as the run takes; false if it does not match. A cursor that reads
// backwards wants a reversed run.
template <bool forwards>
inline bool match_run(const std::string& run, TextCursor<forwards>& text) {
  const char* code = run.data();
  const char* const end = code + run.size();
  while (code != end) {
    if (text.done()) return false;
    const unsigned char byte = text.take();
    switch (*code) {
      case '?':
        ++code;
        break;
      case '[': {
        std::uint64_t word = 0;
        std::memcpy(&word, code + 1 + byte / 64 * sizeof word, sizeof word);
        if ((word >> (byte % 64) & 1) == 0) return false;
        code += 1 + sizeof(ByteSet);
        break;
      }
      case '\\':
        ++code;
        [[fallthrough]];
      default:
        if (static_cast<unsigned char>(*code++) != byte) return false;
    }
  }
  return true;
}

}  // namespace parley::broker
