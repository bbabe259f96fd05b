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

void Stream::append(StreamId id, Words words, const NodeLimits& limits) {
  auto last = nodes_.empty() ? nodes_.end() : std::prev(nodes_.end());
  if (last == nodes_.end() || !last->second.has_room(words, limits)) {
    if (last != nodes_.end()) {
      memory_bytes_ -= last->second.memory_bytes();
      last->second.seal();
      memory_bytes_ += last->second.memory_bytes();
    }
    last = nodes_.emplace_hint(nodes_.end(), id, StreamNode(id));
  } else {
    memory_bytes_ -= last->second.memory_bytes();
  }
  last->second.append(id, words);
  memory_bytes_ += last->second.memory_bytes();
  last_id_ = id;
  ++length_;
  ++entries_added_;
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
    --length_;
    if (node->second.live() == 0) drop(node);
    if (id > max_deleted_id_) max_deleted_id_ = id;
    return true;
  }
  return false;
}

Stream::Nodes::iterator Stream::drop(Nodes::iterator node) {
  memory_bytes_ -= node->second.memory_bytes();
  length_ -= node->second.live();
  return nodes_.erase(node);
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
    --length_;
    ++removed;
  }
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

void Stream::set_position(const StreamPosition& position) {
  last_id_ = position.last_id;
  if (position.entries_added) entries_added_ = *position.entries_added;
  if (position.max_deleted_id) max_deleted_id_ = *position.max_deleted_id;
}

bool Stream::dissolve(std::size_t nodes_max) {
  while (nodes_max-- > 0 && !nodes_.empty()) drop(nodes_.begin());
  return !nodes_.empty();
}

}  // namespace parley::broker
