#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "broker/glob_run.h"
#include "broker/pattern_node.h"

namespace parley::broker {

struct Topic;
using Pattern = Topic;
using Matches = std::vector<Pattern*>;

struct PatternLimits {
  std::size_t pattern_bytes_max = 4096;  // also bounds how deep the trees are: not above 8192
  // Token comparisons in one match: at 1-4 ns each the worst match measured took 6 ms with patterns
  // full of stars, and 50 ms with 1,300,000 different classes, whose nodes fit no cache.
  std::uint64_t match_steps_max = 4'000'000;
};

// All glob patterns of the broker in one index: which of them match a channel?
//
// Idea. A pattern is runs of fixed tokens with stars between them. Patterns share a radix tree over
// tokens; a star leads to trees of its own, one for the runs that stand between two stars, one,
// back to front, for last runs. A match walks the first tree once from the start of the name. Where
// it arrives at a star, the last runs are walked once from the end of the name, and the runs in the
// middle from every place behind the star. So the work follows the name's length and the nodes that
// it keeps alive, not the number of patterns: of 100,000 patterns `*.N.log` a name that does not
// end in `g` costs one comparison.
//
// Invariant that makes it cheap for any pattern: a star is followed once per match, from the first
// place where it is reached. There is one way to it, of fixed length, from the star before, which
// is searched from left to right; and a star that starts earlier can do all that a later one can.
// It is an NFA whose live set holds no node twice, kept as a list of stars to follow.
//
// Rejected. Lock step, all live nodes byte by byte: a star with last runs only would pay for every
// byte, here it pays once. Indexing by first literal, by dotted token (NATS) or by a substring that
// a match needs: each has globs for which it is a scan. A DFA: exponential, and PSUBSCRIBE must be
// cheap. Remembering results in here: that belongs to the channel, see version().
//
// Limits. The trie knows the most token comparisons that a name of up to 64 bytes can cost, with
// the patterns as they are; insert refuses what would lift that over
// PatternLimits::match_steps_max. So such a name is always matched to the end. A longer name whose
// match passes the limit is given up: match says so and returns nothing, and the caller refuses the
// publish. Never half an answer.
//
// One thread. Patterns belong to the caller, who keeps each alive until it is erased; the trie
// never looks into them.
class PatternTrie {
 public:
  enum class Inserted { kYes, kPatternTooLong, kMatchTooCostly };

  PatternTrie() = default;
  explicit PatternTrie(const PatternLimits& limits) : limits_(limits) {}

  /// `pattern` need not outlive the call. Different texts of one meaning (`a*`, `a**`, `[a]*`) are
  /// different patterns; one Pattern may be in the trie once. If the answer is not yes, nothing has
  /// changed. O(length).
  Inserted insert(std::string_view pattern, Pattern* p);

  /// Takes out what insert put in under this text; false if it is not there (a pattern that can
  /// never match is only counted, so of that the trie cannot tell). O(length).
  bool erase(std::string_view pattern, Pattern* p);

  /// Appends every pattern that matches, once each, in no order. False, and nothing appended, only
  /// if the name is longer than kCostNameBytes and matching it takes more than match_steps_max.
  [[nodiscard]] bool match(std::string_view channel, Matches& out);

  /// No match of a name of up to kCostNameBytes makes more token comparisons than this.
  std::uint64_t steps_max() const { return head_ ? head_->cost().walk : 0; }
  std::uint64_t last_steps() const { return steps_; }  // of the last match

  std::size_t size() const { return size_; }
  std::uint64_t version() const { return version_; }  // changes with every insert and erase

 private:
  struct Arrival {
    PatternNode* node;
    const char* at;
  };

  bool read(std::string_view pattern);
  Pattern*& grow_end();
  Pattern** find_end();
  bool remove(Pattern* p);

  template <bool forwards>
  void walk(PatternNode* node, TextCursor<forwards> text, Matches& out);
  template <bool forwards>
  PatternNode* descend(const PatternBranch& branch, TextCursor<forwards>& text);
  template <bool forwards>
  void arrive(PatternNode& node, const TextCursor<forwards>& text, Matches& out);
  void follow(const PatternStar& star, const char* from, const char* end, Matches& out);
  void emit(Pattern* p, Matches& out) const;

  PatternLimits limits_;
  std::unique_ptr<PatternNode> head_;  // runs from the start of the name
  // Patterns of one meaning: the first of them is in the tree, the others are here. Rare.
  std::unordered_map<Pattern*, std::unordered_set<Pattern*>> twins_;
  std::size_t size_ = 0;
  std::uint64_t version_ = 0;
  std::uint64_t steps_ = 0;

  // Kept between calls for their memory only.
  std::vector<std::string> runs_;  // of the pattern at hand, the last one reversed
  PatternPath path_;
  std::vector<Arrival> arrivals_;  // nodes with a star, reached in this match
  std::vector<Arrival> aside_;     // children to walk after the literal one
};

}  // namespace parley::broker
