#include <algorithm>
#include <iterator>
#include <utility>

#include "broker/stream.h"

// Which nodes of a stream are in memory.
//
// What lies between two neighbours in memory is known by a flag of the second: it follows a gap, or
// does not. The stream itself has the flag for what lies behind its last node. A flag may say "gap"
// where there is none, never the other way round; filling such a gap finds nothing and says so.
namespace parley::broker {

namespace {

std::uint64_t live_within(const StreamNode& node, StreamId begin, const Range& range) {
  if (range.first <= begin && node.last_id() <= range.last) return node.live();
  std::uint64_t live = 0;
  StreamNode::Position at;
  for (std::uint64_t offset = 0; node.read(offset, at); offset = at.end) {
    if (!at.removed && at.entry.id >= range.first && at.entry.id <= range.last) ++live;
  }
  return live;
}

void count_down(Range& range, std::uint64_t live) {
  range.count_max -= std::min(range.count_max, live);
}

}  // namespace

bool Stream::follows_gap(Nodes::const_iterator node) const {
  return node == nodes_.end() ? gap_at_end_ : node->second.follows_gap();
}

void Stream::set_follows_gap(Nodes::iterator node, bool follows_gap) {
  if (this->follows_gap(node) == follows_gap) return;
  if (node == nodes_.end()) {
    gap_at_end_ = follows_gap;
  } else {
    node->second.set_follows_gap(follows_gap);
  }
  follows_gap ? ++gaps_ : --gaps_;
}

// Out of memory; what the node behind it follows is for the caller to say.
Stream::Nodes::iterator Stream::take(Nodes::iterator node) {
  memory_bytes_ -= node->second.memory_bytes();
  set_follows_gap(node, false);
  return nodes_.erase(node);
}

Gap Stream::gap_before(Nodes::const_iterator node, const Range& wanted) const {
  Gap gap{.begin = begin_id_,
          .end = {},
          .wanted = wanted,
          .trimmed_below = trimmed_below_,
          .dropped = dropped_};
  if (node != nodes_.begin()) {
    gap.begin = next(std::prev(node)->second.last_id()).value_or(kStreamIdMax);
  }
  if (node != nodes_.end()) gap.end = node->first;
  return gap;
}

std::optional<Gap> Stream::missing(const Range& range) const {
  if (gaps_ == 0 || range.count_max == 0 || range.first > range.last || range.first > last_id_) {
    return std::nullopt;
  }
  return range.newest_first ? missing_backward(range) : missing_forward(range);
}

std::optional<Gap> Stream::missing_forward(Range range) const {
  auto node = nodes_.upper_bound(range.first);
  if (node != nodes_.begin()) --node;
  // All that is wanted and lies before range.first was counted.
  for (;; ++node) {
    if (node == nodes_.end() || node->first > range.first) {
      if (follows_gap(node)) return gap_before(node, range);
    }
    if (node == nodes_.end()) return std::nullopt;
    count_down(range, live_within(node->second, node->first, range));
    const auto behind = next(node->second.last_id());
    if (!behind || *behind > range.last || range.count_max == 0) return std::nullopt;
    range.first = std::max(range.first, *behind);
  }
}

std::optional<Gap> Stream::missing_backward(Range range) const {
  // All that is wanted and lies behind range.last was counted.
  for (auto behind = nodes_.upper_bound(range.last);; --behind) {
    if (follows_gap(behind)) {
      const Gap gap = gap_before(behind, range);
      if (gap.begin <= range.last) return gap;
    }
    if (behind == nodes_.begin()) return std::nullopt;
    const auto node = std::prev(behind);
    count_down(range, live_within(node->second, node->first, range));
    if (range.count_max == 0 || node->first <= range.first) return std::nullopt;
    range.last = std::min(range.last, *previous(node->first));
  }
}

Range Stream::trimmed_by(const Trim& trim, std::uint64_t added) const {
  Range range{.count_max = trim.limit > 0 ? trim.limit : UINT64_MAX};
  switch (trim.by) {
    case Trim::By::kNothing:
      range.count_max = 0;
      break;
    case Trim::By::kLength: {
      const std::uint64_t length = length_ + added;
      range.count_max =
          std::min(range.count_max, length > trim.length_max ? length - trim.length_max : 0);
      break;
    }
    case Trim::By::kId:
      if (const auto last = previous(trim.id_min)) {
        range.last = *last;
      } else {
        range.count_max = 0;
      }
      break;
  }
  return range;
}

void Stream::fill(const Gap& gap, GapContent content) {
  if (gap.dropped != dropped_) return;
  auto behind = nodes_.lower_bound(gap.begin);
  // True while the node at hand is known to follow the one before it.
  bool joined = content.from_begin &&
                (behind == nodes_.begin() ? gap.begin <= begin_id_
                                          : next(std::prev(behind)->second.last_id()) == gap.begin);
  for (auto& [begin, node] : content.nodes) {
    const bool trimmed = begin < begin_id_;
    const bool outdated = begin < trimmed_below_ && gap.trimmed_below != trimmed_below_;
    if (trimmed || (outdated && !nodes_.contains(begin))) {
      joined = trimmed;
      continue;
    }
    // A node that is here already may have changed.
    const auto [place, added] = nodes_.try_emplace(begin, std::move(node));
    if (added) {
      memory_bytes_ += place->second.memory_bytes();
      set_follows_gap(place, true);
    }
    if (joined) set_follows_gap(place, false);
    joined = true;
    behind = std::next(place);
  }
  if (!joined || !content.to_end) return;
  const bool same_end =
      gap.end ? behind != nodes_.end() && behind->first == *gap.end : behind == nodes_.end();
  if (same_end) set_follows_gap(behind, false);
}

void Stream::evict(std::size_t bytes, std::uint64_t written) {
  constexpr int kPassedOverMax = 16;
  const std::size_t enough = memory_bytes_ - std::min(memory_bytes_, bytes);
  int passed_over = 0;
  for (auto node = nodes_.begin(); node != nodes_.end() && memory_bytes_ > enough;) {
    if (node->second.commit() > written) {
      if (++passed_over > kPassedOverMax) return;
      ++node;
      continue;
    }
    node = take(node);
    set_follows_gap(node, true);
  }
}

void Stream::restore(const StreamPosition& position, std::uint64_t length, std::size_t nodes,
                     StreamId begin, StreamId trimmed_below) {
  set_position(position);
  length_ = length;
  nodes_count_ = nodes;
  begin_id_ = begin;
  trimmed_below_ = trimmed_below;
  once_away_ = true;
  if (nodes > 0) set_follows_gap(nodes_.end(), true);
}

}  // namespace parley::broker
