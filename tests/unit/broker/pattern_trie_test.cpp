#include "broker/pattern_trie.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "broker/glob.h"
#include "tests/unit/broker/glob_table.h"
#include "tests/unit/broker/random_glob.h"

namespace parley::broker {
namespace {

// The trie never looks into a Pattern, so any address will do for one.
template <class Any>
Pattern* as_pattern(Any& any) {
  return reinterpret_cast<Pattern*>(&any);
}

using Texts = std::vector<std::string>;

// A trie next to the list of what is in it.
class Index {
 public:
  explicit Index(const PatternLimits& limits = {}) : trie(limits) {}

  PatternTrie::Inserted add(std::string_view text) {
    const auto [at, is_new] = present.emplace(text, '\0');
    if (!is_new) return PatternTrie::Inserted::kYes;
    const auto answer = trie.insert(text, as_pattern(at->second));
    if (answer != PatternTrie::Inserted::kYes) present.erase(at);
    return answer;
  }
  void drop(const std::string& text) {
    const auto at = present.find(text);
    ASSERT_TRUE(trie.erase(text, as_pattern(at->second)));
    present.erase(at);
  }

  // What the trie finds, sorted; a pattern that it finds twice is there twice.
  Texts matches(std::string_view channel) {
    std::map<Pattern*, std::string> names;
    for (auto& [text, address] : present) names[as_pattern(address)] = text;
    Matches found;
    EXPECT_TRUE(trie.match(channel, found));
    Texts texts;
    for (Pattern* const p : found) texts.push_back(names.at(p));
    std::sort(texts.begin(), texts.end());
    return texts;
  }

  std::map<std::string, char> present;
  PatternTrie trie;
};

TEST(PatternTrie, AnEmptyTrieMatchesNothing) {
  Index index;
  EXPECT_EQ(index.matches("news"), Texts());
  EXPECT_EQ(index.matches(""), Texts());
}

TEST(PatternTrie, MatchesWhatTheTableSays) {
  for (const GlobRow& row : kGlobMatches) {
    Index index;
    index.add(row.pattern);
    EXPECT_EQ(index.matches(row.channel).size(), 1U) << row.pattern << " -> " << row.channel;
  }
}

TEST(PatternTrie, RefusesWhatTheTableSays) {
  for (const GlobRow& row : kGlobMismatches) {
    Index index;
    index.add(row.pattern);
    EXPECT_EQ(index.matches(row.channel).size(), 0U) << row.pattern << " -> " << row.channel;
  }
}

TEST(PatternTrie, HoldsTheWholeTableAtOnce) {
  Index index;
  for (const GlobRow& row : kGlobMatches) index.add(row.pattern);
  for (const GlobRow& row : kGlobMismatches) index.add(row.pattern);
  for (const GlobRow& row : kGlobMatches) {
    Texts expected;
    for (const auto& [text, address] : index.present) {
      if (glob_match(text, row.channel)) expected.push_back(text);
    }
    EXPECT_EQ(index.matches(row.channel), expected) << row.channel;
  }
}

TEST(PatternTrie, FindsEveryPatternOfAChannelOnce) {
  Index index;
  for (const char* text :
       {"*", "a*", "*a*", "*aa*", "*ab*", "a?a", "[ab]*", "aaa", "*a*a*", "b*", "aa"}) {
    index.add(text);
  }
  EXPECT_EQ(index.matches("aaa"),
            Texts({"*", "*a*", "*a*a*", "*aa*", "[ab]*", "a*", "a?a", "aaa"}));
}

TEST(PatternTrie, TextsOfOneMeaningAreDifferentPatterns) {
  Index index;
  for (const char* text : {"a*", "a**", "[a]*", "\\a*"}) index.add(text);
  EXPECT_EQ(index.matches("ab"), Texts({"[a]*", "\\a*", "a*", "a**"}));
  index.drop("a*");
  EXPECT_EQ(index.matches("ab"), Texts({"[a]*", "\\a*", "a**"}));
  index.add("a*");
  index.drop("a*");
  index.drop("a**");
  index.drop("\\a*");
  EXPECT_EQ(index.matches("ab"), Texts({"[a]*"}));
  index.drop("[a]*");
  EXPECT_EQ(index.matches("ab"), Texts());
}

TEST(PatternTrie, EraseOfOnePatternKeepsItsPrefix) {
  Index index;
  for (const char* text : {"user.1", "user.1.*", "user.12.*"}) index.add(text);
  index.drop("user.12.*");
  EXPECT_EQ(index.matches("user.1"), Texts({"user.1"}));
  EXPECT_EQ(index.matches("user.1.x"), Texts({"user.1.*"}));
  index.drop("user.1");
  EXPECT_EQ(index.matches("user.1"), Texts());
  EXPECT_EQ(index.matches("user.1.x"), Texts({"user.1.*"}));
}

TEST(PatternTrie, EraseOfAPrefixKeepsWhatIsBelow) {
  Index index;
  for (const char* text : {"a*", "a*b", "a*b*c"}) index.add(text);
  index.drop("a*b");
  EXPECT_EQ(index.matches("axbxc"), Texts({"a*", "a*b*c"}));
  EXPECT_EQ(index.matches("axb"), Texts({"a*"}));
}

TEST(PatternTrie, EraseOfWhatIsNotThereIsRefused) {
  Index index;
  index.add("news.*");
  char other = 0;
  Pattern* const p = as_pattern(other);
  for (const char* text : {"news.*", "news.", "news", "news.*x", "other", "*", ""}) {
    EXPECT_FALSE(index.trie.erase(text, p)) << text;
  }
  EXPECT_EQ(index.trie.size(), 1U);
  EXPECT_EQ(index.matches("news.x"), Texts({"news.*"}));
}

TEST(PatternTrie, APatternThatCanNeverMatchIsCountedAndHarmless) {
  Index index;
  std::string stars;
  for (std::size_t i = 0; i <= kGlobStarsMax; ++i) stars += "*a";
  index.add(stars);
  index.add("a[]b");
  EXPECT_EQ(index.trie.size(), 2U);
  EXPECT_EQ(index.matches(std::string(2000, 'a')), Texts());
  index.drop(stars);
  index.drop("a[]b");
  EXPECT_EQ(index.trie.size(), 0U);
}

TEST(PatternTrie, TheVersionChangesWithEveryPattern) {
  Index index;
  const auto before = index.trie.version();
  index.add("a*");
  const auto between = index.trie.version();
  index.drop("a*");
  EXPECT_NE(before, between);
  EXPECT_NE(between, index.trie.version());
  EXPECT_NE(before, index.trie.version());
}

TEST(PatternTrie, ALongPatternIsRefused) {
  Index index({.pattern_bytes_max = 5});
  EXPECT_EQ(index.add("news.*"), PatternTrie::Inserted::kPatternTooLong);
  EXPECT_EQ(index.add("news*"), PatternTrie::Inserted::kYes);
  EXPECT_EQ(index.matches("news.x"), Texts({"news*"}));
}

TEST(PatternTrie, ATrieMayBeAsDeepAsPatternsAreLong) {
  Index index;
  std::string text;
  while (text.size() < PatternLimits().pattern_bytes_max) {
    text += text.size() % 2 == 0 ? '?' : 'a';
    index.add(text);
  }
  EXPECT_EQ(index.trie.size(), PatternLimits().pattern_bytes_max);
  EXPECT_EQ(index.matches(std::string(3000, 'a')).size(), 1U);
}

TEST(PatternTrie, PatternsThatMakeAMatchTooCostlyAreRefused) {
  Index index({.match_steps_max = 10'000});
  int refused = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::string text = "*" + std::to_string(i) + "*a*b";
    const auto steps = index.trie.steps_max();
    if (index.add(text) == PatternTrie::Inserted::kYes) continue;
    ++refused;
    ASSERT_EQ(index.trie.steps_max(), steps);
  }
  EXPECT_GT(refused, 500);
  EXPECT_LE(index.trie.steps_max(), 10'000U);
  EXPECT_EQ(index.matches("0ab"), Texts({"*0*a*b"}));
  EXPECT_EQ(index.matches("999ab"), Texts({"*9*a*b"}));
  EXPECT_EQ(index.trie.size(), index.present.size());
}

TEST(PatternTrie, FanOutUnderLiteralsIsNotTooCostly) {
  Index index;
  for (int i = 0; i < 20'000; ++i) {
    const std::string number = std::to_string(i);
    ASSERT_EQ(index.add("user." + number + ".*.evt.*"), PatternTrie::Inserted::kYes);
    ASSERT_EQ(index.add("app.*.user." + number + ".*.evt.*"), PatternTrie::Inserted::kYes);
  }
  EXPECT_EQ(index.matches("user.123.x.evt.y"), Texts({"user.123.*.evt.*"}));
  EXPECT_EQ(index.matches("app.a.user.7.x.evt."), Texts({"app.*.user.7.*.evt.*"}));
}

TEST(PatternTrie, AMatchOfALongNameIsGivenUpWholeAtTheLimit) {
  Index index({.match_steps_max = 2'000});
  for (const char* text : {"*", "*a*b*", "*a*c*"}) index.add(text);
  Matches found(1);
  EXPECT_FALSE(index.trie.match(std::string(5'000, 'a'), found));
  EXPECT_EQ(found.size(), 1U);
  EXPECT_EQ(index.matches("ab"), Texts({"*", "*a*b*"}));
}

TEST(PatternTrie, HostileStarsAreFollowedOnceEach) {
  Index index;
  index.add("*a*a*a*a*b");
  index.add("*a*a*a*a*b*");
  const std::string channel(kCostNameBytes, 'a');
  EXPECT_EQ(index.matches(channel), Texts());
  EXPECT_LE(index.trie.last_steps(), 10 * channel.size());
  EXPECT_LE(index.trie.last_steps(), index.trie.steps_max());
}

TEST(PatternTrie, TheBoundOnStepsReturnsToZero) {
  RandomGlob random(kGlobAlphabets[1], 7);
  Index index;
  for (int i = 0; i < 3000; ++i) index.add(random.text(12));
  EXPECT_GT(index.trie.steps_max(), 1000U);
  while (!index.present.empty()) {
    auto at = index.present.begin();
    std::advance(at, random.below(std::min<std::size_t>(index.present.size(), 50)));
    index.drop(std::string(at->first));
  }
  EXPECT_EQ(index.trie.size(), 0U);
  EXPECT_EQ(index.trie.steps_max(), 0U);
}

// The trie against the single matcher, patterns coming and going: some millions of pairs.
struct Live {
  std::string text;
  bool inside = false;
};

void compare(PatternTrie& trie, const std::vector<Live>& patterns, const std::string& channel) {
  static Matches found;
  found.clear();
  ASSERT_TRUE(trie.match(channel, found));
  ASSERT_LE(trie.last_steps(), trie.steps_max());
  std::vector<int> times(patterns.size(), 0);
  for (Pattern* const p : found) {
    ++times[static_cast<std::size_t>(reinterpret_cast<const Live*>(p) - patterns.data())];
  }
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    const bool expected = patterns[i].inside && glob_match(patterns[i].text, channel);
    ASSERT_EQ(times[i], expected ? 1 : 0)
        << testing::PrintToString(patterns[i].text) << " -> " << testing::PrintToString(channel);
  }
}

void compare_while_patterns_change(std::string_view alphabet, unsigned seed, std::size_t count) {
  RandomGlob random(alphabet, seed);
  PatternTrie trie;
  std::vector<Live> patterns(count);
  for (int round = 0; round < 3000; ++round) {
    for (int change = 0; change < 3; ++change) {
      Live& live = patterns[random.below(count)];
      Pattern* const p = as_pattern(live);
      if (live.inside) {
        ASSERT_TRUE(trie.erase(live.text, p));
      } else {
        live.text = random.text(10);
        ASSERT_EQ(trie.insert(live.text, p), PatternTrie::Inserted::kYes);
      }
      live.inside = !live.inside;
    }
    ASSERT_NO_FATAL_FAILURE(compare(trie, patterns, random.text(round % 50 == 0 ? 64 : 8)));
  }
  for (Live& live : patterns) {
    if (live.inside) trie.erase(live.text, as_pattern(live));
  }
  EXPECT_EQ(trie.size(), 0U);
  EXPECT_EQ(trie.steps_max(), 0U);
}

TEST(PatternTrie, AgreesWithTheMatcherOnMillionsOfPairsWhilePatternsChange) {
  unsigned seed = 100;
  for (const std::string_view alphabet : kGlobAlphabets) {
    for (const std::size_t count : {3U, 30U, 400U}) {
      ASSERT_NO_FATAL_FAILURE(compare_while_patterns_change(alphabet, ++seed, count));
    }
  }
}

}  // namespace
}  // namespace parley::broker
