#include "broker/pattern_node.h"

#include <algorithm>
#include <utility>

#include "broker/glob_run.h"

namespace parley::broker {

using Place = PatternStep::Place;

PatternCost& PatternCost::operator+=(const PatternCost& other) {
  width += other.width;
  walk += other.walk;
  stars += other.stars;
  return *this;
}

PatternCost& PatternCost::operator-=(const PatternCost& other) {
  width -= other.width;
  walk -= other.walk;
  stars -= other.stars;
  return *this;
}

std::size_t PatternClasses::Hash::operator()(const ByteSet& set) const {
  std::uint64_t hash = 0;
  for (std::size_t i = 0; i < ByteSet::kWords; ++i) {
    hash = (hash ^ set.word(i)) * 0x9e3779b97f4a7c15U;
    hash ^= hash >> 32;
  }
  return hash;
}

std::unique_ptr<PatternNode>* PatternClasses::find(const ByteSet& set) {
  const auto place = places_.find(set);
  return place == places_.end() ? nullptr : &edges_[place->second].node;
}

std::unique_ptr<PatternNode>& PatternClasses::add(const ByteSet& set) {
  places_.emplace(set, edges_.size());
  return edges_.emplace_back(Edge{set, nullptr}).node;
}

void PatternClasses::drop(const ByteSet& set) {
  const auto place = places_.find(set);
  Edge& edge = edges_[place->second];
  if (&edge != &edges_.back()) {
    edge = std::move(edges_.back());
    places_[edge.set] = place->second;
  }
  edges_.pop_back();
  places_.erase(place);
  if (edges_.size() * 4 < edges_.capacity()) edges_.shrink_to_fit();
}

std::unique_ptr<PatternNode>* PatternBranch::find(std::string_view token) {
  if (token[0] == '?') return any_ ? &any_ : nullptr;
  if (token[0] == '[') return classes_ ? classes_->find(token_set(token)) : nullptr;
  const unsigned char byte = token_byte(token);
  return present_.contains(byte) ? &literals_[rank(byte)] : nullptr;
}

std::unique_ptr<PatternNode>& PatternBranch::grow(std::string_view token) {
  if (std::unique_ptr<PatternNode>* slot = find(token)) return *slot;
  if (token[0] == '?') return any_;
  if (token[0] != '[') return grow_literal(token_byte(token));
  if (!classes_) classes_ = std::make_unique<PatternClasses>();
  return classes_->add(token_set(token));
}

std::unique_ptr<PatternNode>& PatternBranch::grow_literal(unsigned char byte) {
  literals_.reserve(literals_.size() + 1);  // exactly: there are many branches, and few grow large
  present_.add(byte);
  count_ranks();
  return *literals_.insert(literals_.begin() + static_cast<std::ptrdiff_t>(rank(byte)), nullptr);
}

void PatternBranch::drop_literal(unsigned char byte) {
  literals_.erase(literals_.begin() + static_cast<std::ptrdiff_t>(rank(byte)));
  literals_.shrink_to_fit();
  present_.remove(byte);
  count_ranks();
}

void PatternBranch::count_ranks() {
  std::size_t before = 0;
  for (std::size_t word = 0; word < ByteSet::kWords; ++word) {
    ranks_[word] = static_cast<std::uint8_t>(before);  // at most 192
    before += static_cast<std::size_t>(std::popcount(present_.word(word)));
  }
}

void PatternBranch::settle(std::string_view token, const PatternCost& before,
                           const PatternCost& now) {
  const bool gone = now == PatternCost();
  if (token[0] == '?' || token[0] == '[') {
    if (gone && token[0] == '[') {
      classes_->drop(token_set(token));
      if (classes_->edges().empty()) classes_.reset();
    }
    others_cost_ += now;
    others_cost_ -= before;
  } else {
    if (gone) drop_literal(token_byte(token));
    settle_literal(before, now);
  }
}

void PatternBranch::settle_literal(const PatternCost& before, const PatternCost& now) {
  PatternCost& cost = literals_cost_;
  cost.stars += now.stars - before.stars;
  const bool least = (before.width == cost.width && now.width < cost.width) ||
                     (before.walk == cost.walk && now.walk < cost.walk);
  cost.width = std::max(cost.width, now.width);
  cost.walk = std::max(cost.walk, now.walk);
  if (!least) return;
  cost.width = cost.walk = 0;  // it may have been the only child that cost so much
  for (const auto& node : literals_) {
    const PatternCost each = node->cost();
    cost.width = std::max(cost.width, each.width);
    cost.walk = std::max(cost.walk, each.walk);
  }
}

PatternCost PatternBranch::cost() const {
  PatternCost sum = literals_cost_;
  sum += others_cost_;
  sum.width += class_count();
  sum.walk += class_count();
  return sum;
}

std::unique_ptr<PatternNode> PatternBranch::take_only_child(std::string& label) {
  if (any_) {
    label += '?';
    return std::move(any_);
  }
  if (classes_) {
    append_class(label, classes_->first().set);
    return std::move(classes_->first().node);
  }
  unsigned byte = 0;
  while (!present_.contains(static_cast<unsigned char>(byte))) ++byte;
  append_literal(label, static_cast<unsigned char>(byte));
  return std::move(literals_.front());
}

PatternNode::PatternNode(std::string run) {
  relabel(std::move(run));
}

PatternNode::~PatternNode() = default;

void PatternNode::relabel(std::string run) {
  label = std::move(run);
  label.shrink_to_fit();
  label_tokens = static_cast<std::uint32_t>(run_tokens(label));
}

PatternCost PatternNode::cost() const {
  PatternCost sum;
  sum.width = sum.walk = 1 + label_tokens;
  if (star) {
    const std::uint64_t tails = star->tail ? star->tail->cost().width : 0;
    sum += {tails, tails + star->middle_cost, star->middle_cost};
  }
  if (branch) sum += branch->cost();
  return sum;
}

PatternNode* find_run(std::unique_ptr<PatternNode>& root, Place place, std::string_view run,
                      PatternPath& path) {
  std::unique_ptr<PatternNode>* slot = &root;
  std::string_view token;
  for (;;) {
    PatternNode* const node = slot->get();
    if (!node || !run.starts_with(node->label)) return nullptr;
    path.push_back({place, slot, token, node->cost()});
    run.remove_prefix(node->label.size());
    if (run.empty()) return node;
    if (!node->branch) return nullptr;
    token = run.substr(0, token_bytes(run[0]));
    run.remove_prefix(token.size());
    place = Place::kEdge;
    slot = node->branch->find(token);
    if (!slot) return nullptr;
  }
}

namespace {

PatternBranch& branch_of(PatternNode& node) {
  if (!node.branch) node.branch = std::make_unique<PatternBranch>();
  return *node.branch;
}

// Cuts the label at a token's border: its front goes to a new node, which takes over the slot and
// has the old node for a child.
void split(std::unique_ptr<PatternNode>& slot, std::size_t at) {
  const std::string label = std::move(slot->label);
  const std::string token = label.substr(at, token_bytes(label[at]));
  auto front = std::make_unique<PatternNode>(label.substr(0, at));
  slot->relabel(label.substr(at + token.size()));
  const PatternCost cost = slot->cost();
  branch_of(*front).grow(token) = std::move(slot);
  front->branch->settle(token, {}, cost);
  slot = std::move(front);
}

}  // namespace

PatternNode& grow_run(std::unique_ptr<PatternNode>& root, Place place, std::string_view run,
                      PatternPath& path) {
  std::unique_ptr<PatternNode>* slot = &root;
  std::string_view token;
  for (;;) {
    const PatternCost before = *slot ? (*slot)->cost() : PatternCost();
    if (!*slot) *slot = std::make_unique<PatternNode>(std::string(run));
    const std::size_t common = run_common((*slot)->label, run);
    if (common < (*slot)->label.size()) split(*slot, common);
    path.push_back({place, slot, token, before});
    run.remove_prefix(common);
    if (run.empty()) return **slot;
    token = run.substr(0, token_bytes(run[0]));
    run.remove_prefix(token.size());
    place = Place::kEdge;
    slot = &branch_of(**slot).grow(token);
  }
}

namespace {

// Frees what is empty at the node in `slot`, perhaps the node itself, and merges it with an only
// child if nothing ends in it.
void tidy(std::unique_ptr<PatternNode>& slot) {
  PatternNode& node = *slot;
  if (node.star && !node.star->middle && !node.star->tail) node.star.reset();
  if (node.branch && node.branch->size() == 0) node.branch.reset();
  if (node.exact || node.open || node.star) return;
  if (!node.branch) return slot.reset();
  if (node.branch->size() > 1) return;
  std::string label = std::move(node.label);
  std::unique_ptr<PatternNode> child = node.branch->take_only_child(label);
  child->relabel(label + child->label);
  slot = std::move(child);
}

// Two bounds, both true. Every star below is followed once at most; and every place of the text
// starts one walk, which literals keep to one way.
std::uint64_t cost_of_middle(const PatternCost& root) {
  return std::min(kCostNameBytes * root.width + root.stars, kCostNameBytes * root.walk);
}

}  // namespace

void settle(PatternPath& path) {
  for (std::size_t i = path.size(); i-- > 0;) {
    const PatternStep& step = path[i];
    tidy(*step.slot);
    const PatternCost now = *step.slot ? (*step.slot)->cost() : PatternCost();
    if (now == step.before) return;
    if (step.place == Place::kHead) return;
    PatternNode& parent = **path[i - 1].slot;
    if (step.place == Place::kEdge) parent.branch->settle(step.token, step.before, now);
    if (step.place == Place::kMiddle) parent.star->middle_cost = cost_of_middle(now);
  }
}

}  // namespace parley::broker
