#include "broker/glob.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "tests/unit/broker/glob_table.h"
#include "tests/unit/broker/random_glob.h"

namespace parley::broker {
namespace {

std::string repeat(std::string_view part, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += part;
  return text;
}

TEST(Glob, MatchesWhatTheTableSays) {
  for (const GlobRow& row : kGlobMatches) {
    EXPECT_TRUE(glob_match(row.pattern, row.channel)) << row.pattern << " -> " << row.channel;
  }
}

TEST(Glob, RefusesWhatTheTableSays) {
  for (const GlobRow& row : kGlobMismatches) {
    EXPECT_FALSE(glob_match(row.pattern, row.channel)) << row.pattern << " -> " << row.channel;
  }
}

TEST(Glob, AThousandStarsMatchAndOneMoreDoesNot) {
  EXPECT_TRUE(glob_match(repeat("*a", 1000), repeat("a", 1000)));
  EXPECT_FALSE(glob_match(repeat("*a", 1001), repeat("a", 1001)));
}

TEST(Glob, AFinalStarDoesNotCount) {
  EXPECT_TRUE(glob_match(repeat("a*", 1001), repeat("a", 1001)));
  EXPECT_FALSE(glob_match(repeat("a*", 1002), repeat("a", 1002)));
  EXPECT_TRUE(glob_match(repeat("*a", 1000) + "*", repeat("a", 1000)));
}

TEST(Glob, ARunOfStarsIsOneStar) {
  EXPECT_TRUE(glob_match(repeat("*", 5000) + "a", "a"));
  EXPECT_TRUE(glob_match(repeat("*", 5000), "a"));
}

TEST(Glob, HostileStarsCostNoMoreThanPatternTimesText) {
  const std::string text = repeat("a", 20000);
  const auto start = std::chrono::steady_clock::now();
  EXPECT_FALSE(glob_match(repeat("*a", 500) + "b", text));
  EXPECT_FALSE(glob_match("*" + repeat("a", 500) + "b", text));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

TEST(Glob, WithoutCaseLettersMatchEitherWay) {
  EXPECT_TRUE(glob_match_nocase("MaxClients", "maxclients"));
  EXPECT_TRUE(glob_match_nocase("*-OUTPUT-*", "client-output-buffer-limit"));
  EXPECT_TRUE(glob_match_nocase("[A-C]x", "bX"));
  EXPECT_TRUE(glob_match_nocase("[b]", "B"));
  EXPECT_FALSE(glob_match_nocase("[^b]", "B"));
  EXPECT_FALSE(glob_match_nocase("a", "b"));
  EXPECT_FALSE(glob_match_nocase("@", "`"));
  EXPECT_FALSE(glob_match_nocase("\xc9", "\xe9"));
}

TEST(Glob, WithoutCaseRedisStillKeepsTheCaseOfAnEscapedMember) {
  EXPECT_FALSE(glob_match_nocase("[\\M]", "m"));
  EXPECT_TRUE(glob_match_nocase("\\M", "m"));
}

TEST(Glob, WithoutCaseARangeIsOrderedBeforeItIsFolded) {
  EXPECT_TRUE(glob_match_nocase("[A-z]", "q"));
  EXPECT_FALSE(glob_match_nocase("[Z-a]", "q"));
}

TEST(Glob, LiteralMeansThatNoByteIsSpecial) {
  EXPECT_TRUE(glob_is_literal("chat.room-1]^"));
  EXPECT_TRUE(glob_is_literal(""));
  for (const char* pattern : {"a*", "a?", "[a]", "a\\"}) EXPECT_FALSE(glob_is_literal(pattern));
}

TEST(GlobReader, CutsAPatternIntoTokens) {
  using Kind = GlobToken::Kind;
  GlobReader reader("a**?\\*[^b");
  GlobToken token;
  ASSERT_TRUE(reader.next(token));
  EXPECT_EQ(token.kind, Kind::kLiteral);
  EXPECT_EQ(token.byte, 'a');
  ASSERT_TRUE(reader.next(token));
  EXPECT_EQ(token.kind, Kind::kStar);
  ASSERT_TRUE(reader.next(token));
  EXPECT_EQ(token.kind, Kind::kAny);
  ASSERT_TRUE(reader.next(token));
  EXPECT_EQ(token.kind, Kind::kLiteral);
  EXPECT_EQ(token.byte, '*');
  ASSERT_TRUE(reader.next(token));
  EXPECT_EQ(token.kind, Kind::kClass);
  EXPECT_EQ(token.set.size(), 255U);
  EXPECT_FALSE(token.set.contains('b'));
  EXPECT_FALSE(reader.next(token));
}

// The rules once more, in the plainest form there is: recursive, exponential, no shared code.
class NaiveGlob {
 public:
  static bool match(std::string_view pattern, std::string_view text) {
    return text.empty() ? pattern.empty() : matches_rest(pattern, text);
  }

 private:
  static bool matches_rest(std::string_view pattern, std::string_view text) {
    if (pattern.empty()) return text.empty();
    if (pattern[0] == '*') {
      return matches_rest(pattern.substr(1), text) ||
             (!text.empty() && matches_rest(pattern, text.substr(1)));
    }
    if (text.empty()) return false;
    if (pattern[0] == '?') return matches_rest(pattern.substr(1), text.substr(1));
    if (pattern[0] == '[') {
      return matches_class(pattern.substr(1), static_cast<unsigned char>(text[0])) &&
             matches_rest(behind_class(pattern.substr(1)), text.substr(1));
    }
    if (pattern[0] == '\\' && pattern.size() > 1) pattern.remove_prefix(1);
    return pattern[0] == text[0] && matches_rest(pattern.substr(1), text.substr(1));
  }

  static bool matches_class(std::string_view rest, unsigned byte) {
    if (rest.starts_with('^')) return !has_member(rest.substr(1), byte);
    return has_member(rest, byte);
  }
  static bool has_member(std::string_view rest, unsigned byte) {
    if (rest.empty() || rest[0] == ']') return false;
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(rest[i]); };
    if (rest[0] == '\\' && rest.size() > 1) {
      return at(1) == byte || has_member(rest.substr(2), byte);
    }
    if (rest.size() > 2 && rest[1] == '-') {
      const bool up = at(0) <= byte && byte <= at(2);
      const bool down = at(2) <= byte && byte <= at(0);
      return up || down || has_member(rest.substr(3), byte);
    }
    return at(0) == byte || has_member(rest.substr(1), byte);
  }
  static std::string_view behind_class(std::string_view rest) {
    if (rest.starts_with('^')) rest.remove_prefix(1);
    while (!rest.empty() && rest[0] != ']') {
      const bool escape = rest[0] == '\\' && rest.size() > 1;
      const bool range = !escape && rest.size() > 2 && rest[1] == '-';
      rest.remove_prefix(escape ? 2 : range ? 3 : 1);
    }
    return rest.empty() ? rest : rest.substr(1);
  }
};

TEST(Glob, AgreesWithTheNaiveMatcherOnAMillionRandomPairs) {
  unsigned seed = 1;
  int matches = 0;
  for (const std::string_view alphabet : kGlobAlphabets) {
    RandomGlob random(alphabet, seed++);
    for (int i = 0; i < 150'000; ++i) {
      const std::string pattern = random.text(9);
      const std::string text = random.text(6);
      const bool expected = NaiveGlob::match(pattern, text);
      ASSERT_EQ(glob_match(pattern, text), expected)
          << testing::PrintToString(pattern) << " -> " << testing::PrintToString(text);
      matches += expected;
    }
  }
  EXPECT_GT(matches, 30'000);  // or the alphabets have gone dull
}

}  // namespace
}  // namespace parley::broker
