#include "broker/pattern_trie.h"

#include <utility>

namespace parley::broker {

using Place = PatternStep::Place;

PatternTrie::Inserted PatternTrie::insert(std::string_view pattern, Pattern* p) {
  if (pattern.size() > limits_.pattern_bytes_max) return Inserted::kPatternTooLong;
  if (read(pattern)) {
    Pattern*& end = grow_end();
    if (end) {
      twins_[end].insert(p);
    } else {
      end = p;
    }
    settle(path_);
    if (steps_max() > limits_.match_steps_max) {
      remove(p);
      return Inserted::kMatchTooCostly;
    }
  }
  ++size_;
  ++version_;
  return Inserted::kYes;
}

bool PatternTrie::erase(std::string_view pattern, Pattern* p) {
  if (read(pattern) && !remove(p)) return false;
  --size_;
  ++version_;
  return true;
}

// Into runs_, as the trees want them; false if the pattern never matches, then it is in no tree.
bool PatternTrie::read(std::string_view pattern) {
  if (!split_runs(pattern, runs_)) return false;
  if (runs_.size() > 1) runs_.back() = reversed_run(runs_.back());
  return true;
}

// Where the pattern in runs_ ends, and in path_ the way there; what is missing is made.
Pattern*& PatternTrie::grow_end() {
  path_.clear();
  PatternNode* node = &grow_run(head_, Place::kHead, runs_.front(), path_);
  if (runs_.size() == 1) return node->exact;
  for (std::size_t i = 1; i < runs_.size(); ++i) {
    const bool last = i + 1 == runs_.size();
    if (last && runs_[i].empty()) break;
    if (!node->star) node->star = std::make_unique<PatternStar>();
    node = last ? &grow_run(node->star->tail, Place::kTail, runs_[i], path_)
                : &grow_run(node->star->middle, Place::kMiddle, runs_[i], path_);
  }
  return node->open;
}

// The same, but null if it is not there.
Pattern** PatternTrie::find_end() {
  path_.clear();
  PatternNode* node = find_run(head_, Place::kHead, runs_.front(), path_);
  if (runs_.size() == 1) return node ? &node->exact : nullptr;
  for (std::size_t i = 1; node && i < runs_.size(); ++i) {
    const bool last = i + 1 == runs_.size();
    if (last && runs_[i].empty()) break;
    if (!node->star) return nullptr;
    node = last ? find_run(node->star->tail, Place::kTail, runs_[i], path_)
                : find_run(node->star->middle, Place::kMiddle, runs_[i], path_);
  }
  return node ? &node->open : nullptr;
}

// Takes `p` from the end of the pattern in runs_.
bool PatternTrie::remove(Pattern* p) {
  Pattern** const end = find_end();
  if (!end || !*end) return false;
  const auto found = twins_.find(*end);
  if (found == twins_.end()) {
    if (*end != p) return false;
    *end = nullptr;
    settle(path_);
    return true;
  }
  auto twins = twins_.extract(found);
  if (*end == p) {
    *end = *twins.mapped().begin();
    p = *end;
  }
  const bool removed = twins.mapped().erase(p) != 0;
  twins.key() = *end;
  if (!twins.mapped().empty()) twins_.insert(std::move(twins));
  return removed;
}

bool PatternTrie::match(std::string_view channel, Matches& out) {
  steps_ = 0;
  if (!head_) return true;
  if (channel.empty()) {  // not even `*` matches it
    if (head_->label.empty() && head_->exact) emit(head_->exact, out);
    return true;
  }
  const std::size_t size_before = out.size();
  const char* const end = channel.data() + channel.size();
  walk<true>(head_.get(), {channel.data(), end}, out);
  for (std::size_t i = 0; i < arrivals_.size(); ++i) {  // grows as stars lead to stars
    const Arrival arrival = arrivals_[i];
    if (arrival.node->star) follow(*arrival.node->star, arrival.at, end, out);
  }
  for (const Arrival& arrival : arrivals_) arrival.node->reached = false;
  arrivals_.clear();
  if (steps_ <= limits_.match_steps_max) return true;
  out.resize(size_before);
  return false;
}

// Follows every way down from `node` that the text allows.
template <bool forwards>
void PatternTrie::walk(PatternNode* node, TextCursor<forwards> text, Matches& out) {
  for (;;) {
    const char* const from = text.at;
    const bool fits = match_run(node->label, text);
    steps_ += 1 + static_cast<std::size_t>(forwards ? text.at - from : from - text.at);
    PatternNode* next = nullptr;
    if (fits) {
      arrive(*node, text, out);
      if (node->branch && !text.done()) next = descend(*node->branch, text);
    }
    if (!next) {
      if (aside_.empty()) return;
      if (steps_ > limits_.match_steps_max) return aside_.clear();
      next = aside_.back().node;
      text.at = aside_.back().at;
      aside_.pop_back();
    }
    node = next;
  }
}

// The literal child for the next byte, or null; the others that take it are put aside.
template <bool forwards>
PatternNode* PatternTrie::descend(const PatternBranch& branch, TextCursor<forwards>& text) {
  const unsigned char byte = text.take();
  if (const PatternClasses* const classes = branch.classes()) {
    steps_ += classes->edges().size();
    for (const PatternClasses::Edge& edge : classes->edges()) {
      if (edge.set.contains(byte)) aside_.push_back({edge.node.get(), text.at});
    }
  }
  if (branch.any()) aside_.push_back({branch.any(), text.at});
  return branch.literal(byte);
}

template <bool forwards>
void PatternTrie::arrive(PatternNode& node, const TextCursor<forwards>& text, Matches& out) {
  if (node.exact && text.done()) emit(node.exact, out);
  if ((!node.open && !node.star) || node.reached) return;
  node.reached = true;
  arrivals_.push_back({&node, text.at});
  if (node.open) emit(node.open, out);
}

// A star has been reached at `from`.
void PatternTrie::follow(const PatternStar& star, const char* from, const char* end, Matches& out) {
  if (star.tail) walk<false>(star.tail.get(), {end, from}, out);
  if (!star.middle) return;
  PatternNode& middle = *star.middle;
  const bool filter = middle.label.empty() && middle.branch;
  for (; from != end && steps_ <= limits_.match_steps_max; ++from) {
    if (filter && !middle.branch->may_take(static_cast<unsigned char>(*from))) {
      ++steps_;
      continue;
    }
    walk<true>(&middle, {from, end}, out);
    if (middle.reached && !middle.branch) return;  // the only run here has had its first place
  }
}

void PatternTrie::emit(Pattern* p, Matches& out) const {
  out.push_back(p);
  if (twins_.empty()) return;
  const auto found = twins_.find(p);
  if (found != twins_.end()) out.insert(out.end(), found->second.begin(), found->second.end());
}

}  // namespace parley::broker
