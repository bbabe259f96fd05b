#include "broker/stream.h"

#include <iterator>

namespace parley::broker {

StreamId Stream::first_entry_id(Range range) const {
  StreamId id;
  range.count_max = 1;
  visit(range, [&](const Entry& entry) { id = entry.id; });
  return id;
}

std::uint64_t Stream::count(const Range& range) const {
  std::uint64_t found = 0;
  visit(range, [&](const Entry&) { ++found; });
  return found;
}

Stream::Nodes::const_iterator Stream::node_of(StreamId id) const {
  auto node = nodes_.upper_bound(id);
  if (node == nodes_.begin()) return node;
  const auto before = std::prev(node);
  return before->second.last_id() < id ? node : before;
}

bool Stream::append(StreamId id, Words words, const NodeLimits& limits) {
  auto last = nodes_.empty() ? nodes_.end() : std::prev(nodes_.end());
  const bool begins_node =
      last == nodes_.end() || gap_at_end_ || !last->second.has_room(words, limits);
  if (begins_node) {
    if (last != nodes_.end()) {
      memory_bytes_ -= last->second.memory_bytes();
      last->second.seal();
      memory_bytes_ += last->second.memory_bytes();
    }
    last = nodes_.emplace_hint(nodes_.end(), id, StreamNode(id));
    set_follows_gap(last, gap_at_end_);
    set_follows_gap(nodes_.end(), false);
    if (nodes_count_++ == 0) begin_id_ = id;
  } else {
    memory_bytes_ -= last->second.memory_bytes();
  }
  last->second.append(id, words);
  last->second.set_commit(commit_);
  memory_bytes_ += last->second.memory_bytes();
  last_id_ = id;
  ++length_;
  ++entries_added_;
  return begins_node;
}

bool Stream::remove(StreamId id) {
  const auto found = node_of(id);
  if (found == nodes_.end()) return false;
  const auto node = nodes_.erase(found, found);  // the same, no longer const
  StreamNode::Position at;
  for (std::uint64_t offset = 0; node->second.read(offset, at); offset = at.end) {
    if (at.entry.id < id) continue;
    if (at.entry.id > id || at.removed) return false;
    node->second.remove(at);
    node->second.set_commit(commit_);
    --length_;
    if (node->second.live() == 0) drop(node);
    if (id > max_deleted_id_) max_deleted_id_ = id;
    return true;
  }
  return false;
}

Stream::Nodes::iterator Stream::drop(Nodes::iterator node) {
  length_ -= node->second.live();
  --nodes_count_;
  const bool follows_gap = node->second.follows_gap();
  const bool first = node == nodes_.begin() && !follows_gap;
  const auto begin = next(node->second.last_id());
  if (first && begin) {
    begin_id_ = *begin;
  } else {
    ++dropped_;
    dropped_commit_ = commit_;
  }
  const auto behind = take(node);
  if (follows_gap) set_follows_gap(behind, true);
  return behind;
}

bool Stream::may_drop(const StreamNode& node, const Trim& trim) const {
  if (trim.by == Trim::By::kId) return node.last_id() < trim.id_min;
  return length_ - node.live() >= trim.length_max;
}

std::uint64_t Stream::trim_within(StreamNode& node, const Trim& trim) {
  std::uint64_t removed = 0;
  StreamNode::Position at;
  for (std::uint64_t offset = 0; node.read(offset, at); offset = at.end) {
    const bool enough =
        trim.by == Trim::By::kLength ? length_ <= trim.length_max : at.entry.id >= trim.id_min;
    if (enough) break;
    if (at.removed) continue;
    node.remove(at);
    node.set_commit(commit_);
    --length_;
    ++removed;
    trimmed_below_ = at.entry.id;
  }
  if (removed > 0) trimmed_below_ = next(trimmed_below_).value_or(trimmed_below_);
  return removed;
}

std::uint64_t Stream::trim(const Trim& trim) {
  std::uint64_t removed = 0;
  if (trim.by == Trim::By::kNothing) return 0;
  for (auto node = nodes_.begin(); node != nodes_.end();) {
    if (trim.by == Trim::By::kLength && length_ <= trim.length_max) break;
    const std::uint64_t live = node->second.live();
    if (trim.limit > 0 && removed + live > trim.limit) break;
    if (may_drop(node->second, trim)) {
      node = drop(node);
      removed += live;
      continue;
    }
    if (!trim.approximate) removed += trim_within(node->second, trim);
    break;
  }
  return removed;
}

// What was removed behind the last ID would come to lie before entries with lower IDs.
void Stream::go_back(StreamId last) {
  if (!nodes_.empty()) std::prev(nodes_.end())->second.cut_behind(last);
  trimmed_below_ = std::min(trimmed_below_, next(last).value_or(last));
  ++dropped_;
  dropped_commit_ = commit_;
}

void Stream::set_position(const StreamPosition& position) {
  if (position.last_id < last_id_) go_back(position.last_id);
  last_id_ = position.last_id;
  if (position.entries_added) entries_added_ = *position.entries_added;
  if (position.max_deleted_id) max_deleted_id_ = *position.max_deleted_id;
}

bool Stream::dissolve(std::size_t nodes_max) {
  while (nodes_max-- > 0 && !nodes_.empty()) drop(nodes_.begin());
  return !nodes_.empty();
}

std::optional<std::pair<StreamId, StreamId>> Stream::node_around(StreamId id) const {
  const auto node = node_of(id);
  if (node == nodes_.end() || node->first > id) return std::nullopt;
  return std::pair(node->first, node->second.last_id());
}

}  // namespace parley::broker
