// The single matcher against a table of (tokens, bytes) that have been matched, filled in whole: as
// slow as can be, no back-tracking, nothing in common but the tokens. Input: pattern, 0xff, text.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "broker/glob.h"

using parley::broker::GlobReader;
using parley::broker::GlobToken;

namespace {

std::vector<GlobToken> tokens_of(std::string_view pattern) {
  std::vector<GlobToken> tokens;
  GlobReader reader(pattern);
  for (GlobToken token; reader.next(token);) tokens.push_back(token);
  return tokens;
}

bool takes(const GlobToken& token, unsigned char byte) {
  if (token.kind == GlobToken::Kind::kLiteral) return token.byte == byte;
  if (token.kind == GlobToken::Kind::kClass) return token.set.contains(byte);
  return true;
}

bool too_many_stars(const std::vector<GlobToken>& tokens) {
  std::size_t stars = 0;
  for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
    if (tokens[i].kind == GlobToken::Kind::kStar) ++stars;
  }
  return stars > parley::broker::kGlobStarsMax;
}

bool matches(std::string_view pattern, std::string_view text) {
  if (text.empty()) return pattern.empty();
  const std::vector<GlobToken> tokens = tokens_of(pattern);
  if (too_many_stars(tokens)) return false;
  std::vector<bool> row(text.size() + 1, false);  // row[n]: the tokens so far take n bytes
  row[0] = true;
  for (const GlobToken& token : tokens) {
    std::vector<bool> next(row.size(), false);
    for (std::size_t n = 0; n < row.size(); ++n) {
      if (token.kind == GlobToken::Kind::kStar) {
        next[n] = row[n] || (n > 0 && next[n - 1]);
      } else {
        next[n] = n > 0 && row[n - 1] && takes(token, static_cast<unsigned char>(text[n - 1]));
      }
    }
    row = std::move(next);
  }
  return row.back();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t border = input.find('\xff');
  if (border == std::string_view::npos || size > 8192) return 0;
  const std::string_view pattern = input.substr(0, border);
  const std::string_view text = input.substr(border + 1);
  if (parley::broker::glob_match(pattern, text) != matches(pattern, text)) std::abort();
  if (parley::broker::glob_is_literal(pattern) && !matches(pattern, pattern)) std::abort();
  parley::broker::glob_match_nocase(pattern, text);
  return 0;
}
