#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "broker/glob.h"

namespace parley::broker {

struct Topic;
using Pattern = Topic;
struct PatternNode;
struct PatternStar;

// The nodes of the pattern trie: a radix tree over glob tokens. One thread, owned by a PatternTrie.

// The length of channel name, in bytes, for which costs are reckoned.
inline constexpr std::uint64_t kCostNameBytes = 64;

// What a subtree can cost a match at most, in token comparisons.
struct PatternCost {
  std::uint64_t width = 0;  // one walk from here, stars on the way not followed
  std::uint64_t walk = 0;   // one walk from here, stars on the way followed
  std::uint64_t stars = 0;  // every star from here on followed, once

  PatternCost& operator+=(const PatternCost& other);
  PatternCost& operator-=(const PatternCost& other);
  bool operator==(const PatternCost&) const = default;
};

// Children by class: all are looked at in a match, one is looked up when patterns come and go.
class PatternClasses {
 public:
  struct Edge {
    ByteSet set;
    std::unique_ptr<PatternNode> node;
  };

  const std::vector<Edge>& edges() const { return edges_; }
  std::unique_ptr<PatternNode>* find(const ByteSet& set);
  std::unique_ptr<PatternNode>& add(const ByteSet& set);
  void drop(const ByteSet& set);
  Edge& first() { return edges_.front(); }

 private:
  struct Hash {
    std::size_t operator()(const ByteSet& set) const;
  };

  std::vector<Edge> edges_;                                // in no order
  std::unordered_map<ByteSet, std::size_t, Hash> places_;  // in edges_
};

// The children of a node, by the token on the edge. At most one child per literal byte, one for
// `?`, and one per distinct class. A literal child is found with a bit test and a rank, not a scan.
class PatternBranch {
 public:
  PatternNode* literal(unsigned char byte) const {
    return present_.contains(byte) ? literals_[rank(byte)].get() : nullptr;
  }
  PatternNode* any() const { return any_.get(); }
  const PatternClasses* classes() const { return classes_.get(); }  // null or not empty
  bool may_take(unsigned char byte) const { return present_.contains(byte) || any_ || classes_; }

  // The edge of a token: find returns null where there is none, grow makes one without a node.
  std::unique_ptr<PatternNode>* find(std::string_view token);
  std::unique_ptr<PatternNode>& grow(std::string_view token);

  // Must follow every change of a child; drops the edge of a child that is gone (cost 0).
  void settle(std::string_view token, const PatternCost& before, const PatternCost& now);

  std::size_t size() const { return literals_.size() + class_count() + (any_ ? 1 : 0); }
  PatternCost cost() const;

  // For the merge of a node with its only child: that child, its token appended to `label`.
  std::unique_ptr<PatternNode> take_only_child(std::string& label);

 private:
  std::size_t rank(unsigned char byte) const {
    const std::uint64_t below = (std::uint64_t{1} << (byte % 64)) - 1;
    return ranks_[byte / 64] +
           static_cast<std::size_t>(std::popcount(present_.word(byte / 64) & below));
  }
  std::unique_ptr<PatternNode>& grow_literal(unsigned char byte);
  void drop_literal(unsigned char byte);
  std::size_t class_count() const { return classes_ ? classes_->edges().size() : 0; }
  void settle_literal(const PatternCost& before, const PatternCost& now);
  void count_ranks();

  ByteSet present_;                                     // bytes that have a literal child
  std::array<std::uint8_t, ByteSet::kWords> ranks_{};   // children before each word of present_
  std::vector<std::unique_ptr<PatternNode>> literals_;  // in the order of their bytes
  std::unique_ptr<PatternNode> any_;
  std::unique_ptr<PatternClasses> classes_;
  PatternCost literals_cost_;  // one at most is walked, but any may have been: max, max, sum
  PatternCost others_cost_;    // all may be walked: sum, sum, sum
};

struct PatternNode {
  explicit PatternNode(std::string run);
  ~PatternNode();

  void relabel(std::string run);
  PatternCost cost() const;

  std::string label;                      // a run; the token of the edge to here is not in it
  Pattern* exact = nullptr;               // ends here, with the text
  Pattern* open = nullptr;                // ends in a star here, whatever follows
  std::unique_ptr<PatternStar> star;      // a star with more behind it
  std::unique_ptr<PatternBranch> branch;  // null: no children
  std::uint32_t label_tokens = 0;         // relabel keeps it
  bool reached = false;                   // in this match; `open` and `star` have had their turn
};

// What may follow a star: runs that end in another star, tried at every place of the text, and last
// runs, kept back to front and tried once, from the end of the text.
struct PatternStar {
  std::unique_ptr<PatternNode> middle;
  std::unique_ptr<PatternNode> tail;
  std::uint64_t middle_cost = 0;  // of following it, with all that it leads to
};

// The way from the root to where a pattern ends, kept for the way back, on which costs are settled.
struct PatternStep {
  enum class Place { kEdge, kHead, kMiddle, kTail };
  Place place;                         // what `slot` is to the node before: a child, or a root
  std::unique_ptr<PatternNode>* slot;  // owns the node
  std::string_view token;              // of the edge, part of the caller's run; empty for a root
  PatternCost before;                  // what the node before has reckoned with
};
using PatternPath = std::vector<PatternStep>;

// Walk down from a root along `run`, adding to `path`. find_run is null where there is no such way;
// grow_run makes it, cutting labels in two where it must. The slots in the path stay valid until
// another walk grows or settles.
PatternNode* find_run(std::unique_ptr<PatternNode>& root, PatternStep::Place place,
                      std::string_view run, PatternPath& path);
PatternNode& grow_run(std::unique_ptr<PatternNode>& root, PatternStep::Place place,
                      std::string_view run, PatternPath& path);

// Back along `path`: frees nodes in which nothing ends any more, merges those that have only one
// child left, and reckons the costs anew, until nothing changes.
void settle(PatternPath& path);

}  // namespace parley::broker
