#include "broker/glob.h"

#include <algorithm>
#include <utility>

namespace parley::broker {
namespace {

unsigned char byte_at(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

// The one place that knows how a class is written. `at` is just behind the `[`; calls
// member(low, high, escaped) for every member and range, and returns where the class ends.
template <class Member>
std::size_t read_class(std::string_view pattern, std::size_t at, bool& negated, Member member) {
  negated = at < pattern.size() && pattern[at] == '^';
  if (negated) ++at;
  while (at < pattern.size()) {
    const std::size_t left = pattern.size() - at;
    if (pattern[at] == '\\' && left >= 2) {
      member(byte_at(pattern, at + 1), byte_at(pattern, at + 1), true);
      at += 2;
    } else if (pattern[at] == ']') {
      return at + 1;
    } else if (left >= 3 && pattern[at + 1] == '-') {
      const auto [low, high] = std::minmax({byte_at(pattern, at), byte_at(pattern, at + 2)});
      member(low, high, false);
      at += 3;
    } else {
      member(byte_at(pattern, at), byte_at(pattern, at), false);
      at += 1;
    }
  }
  return at;
}

enum class Case { kExact, kIgnored };

template <Case letters>
unsigned char fold(unsigned char byte) {
  if constexpr (letters == Case::kIgnored) {
    if (byte >= 'A' && byte <= 'Z') return static_cast<unsigned char>(byte + ('a' - 'A'));
  }
  return byte;
}

template <Case letters>
bool match_class(std::string_view pattern, std::size_t& at, unsigned char byte) {
  bool negated = false;
  bool found = false;
  const auto member = [&](unsigned char low, unsigned char high, bool escaped) {
    if (escaped) {
      found |= byte == low;
    } else {
      const unsigned char folded = fold<letters>(byte);
      found |= folded >= fold<letters>(low) && folded <= fold<letters>(high);
    }
  };
  at = read_class(pattern, at, negated, member);
  return found != negated;
}

// Matches the token at `at`, which is no star, against one byte, and steps over the token.
template <Case letters>
bool match_token(std::string_view pattern, std::size_t& at, unsigned char byte) {
  const char lead = pattern[at++];
  if (lead == '?') return true;
  if (lead == '[') return match_class<letters>(pattern, at, byte);
  if (lead == '\\' && at < pattern.size()) {
    return fold<letters>(byte_at(pattern, at++)) == fold<letters>(byte);
  }
  return fold<letters>(static_cast<unsigned char>(lead)) == fold<letters>(byte);
}

// A mismatch goes back to the last star only, and lets it take one byte more: where the stars
// before it stopped is the best place they had, so no other choice of theirs could help.
template <Case letters>
bool match(std::string_view pattern, std::string_view text) {
  if (text.empty()) return pattern.empty();
  std::size_t at = 0;
  std::size_t text_at = 0;
  std::size_t behind_star = 0;  // 0: no star yet
  std::size_t star_text = 0;
  std::size_t stars = 0;
  for (;;) {
    if (at < pattern.size() && pattern[at] == '*') {
      at = pattern.find_first_not_of('*', at);
      if (at == std::string_view::npos) return true;
      if (++stars > kGlobStarsMax) return false;
      behind_star = at;
      star_text = text_at;
    } else if (text_at == text.size()) {
      return at == pattern.size();  // a star that takes more leaves even less text
    } else if (at < pattern.size() && match_token<letters>(pattern, at, byte_at(text, text_at))) {
      ++text_at;
    } else if (behind_star != 0) {
      at = behind_star;
      text_at = ++star_text;
    } else {
      return false;
    }
  }
}

}  // namespace

bool GlobReader::next(GlobToken& token) {
  if (rest_.empty()) return false;
  std::size_t used = 1;
  switch (rest_[0]) {
    case '*':
      token.kind = GlobToken::Kind::kStar;
      used = std::min(rest_.find_first_not_of('*'), rest_.size());
      break;
    case '?':
      token.kind = GlobToken::Kind::kAny;
      break;
    case '[': {
      token.kind = GlobToken::Kind::kClass;
      token.set = ByteSet();
      bool negated = false;
      used = read_class(rest_, 1, negated, [&](unsigned char low, unsigned char high, bool) {
        for (unsigned byte = low; byte <= high; ++byte) {
          token.set.add(static_cast<unsigned char>(byte));
        }
      });
      if (negated) token.set.complement();
      break;
    }
    case '\\':
      used = rest_.size() >= 2 ? 2 : 1;
      [[fallthrough]];
    default:
      token.kind = GlobToken::Kind::kLiteral;
      token.byte = byte_at(rest_, used - 1);
  }
  rest_.remove_prefix(used);
  return true;
}

bool glob_match(std::string_view pattern, std::string_view text) {
  return match<Case::kExact>(pattern, text);
}

bool glob_match_nocase(std::string_view pattern, std::string_view text) {
  return match<Case::kIgnored>(pattern, text);
}

bool glob_is_literal(std::string_view pattern) {
  return pattern.find_first_of("*?[\\") == std::string_view::npos;
}

}  // namespace parley::broker
