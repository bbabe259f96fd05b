#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "broker/entry.h"
#include "broker/once_window.h"
#include "broker/stream_node.h"

namespace parley::broker {

/// Which entries to remove from the old end.
struct Trim {
  enum class By : std::uint8_t { kNothing, kLength, kId };
  By by = By::kNothing;
  bool approximate = false;      // whole nodes only
  std::uint64_t length_max = 0;  // kLength: keep so many
  StreamId id_min = {};          // kId: keep this one and what follows
  std::uint64_t limit = 0;       // remove at most so many; 0: no limit
};

/// What XSETID sets.
struct StreamPosition {
  StreamId last_id;
  std::optional<std::uint64_t> entries_added = {};
  std::optional<StreamId> max_deleted_id = {};
};

struct Range {
  StreamId first = kStreamIdMin;
  StreamId last = kStreamIdMax;
  std::uint64_t count_max = UINT64_MAX;
  bool newest_first = false;
};

/// A log of entries with rising IDs, as Redis's streams are, and an epoch.
///
/// The epoch is a random word that the stream is given when it is made and again whenever its last
/// ID goes back: so a pair of epoch and ID never names two entries. It is what lets a reader tell
/// "nothing new" from "all that you know is gone".
///
/// Owned by a Keyspace, on its thread; changed only through it. All entries are in memory; a
/// reader sees them through visit() alone, so that older ones can come from elsewhere.
class Stream {
 public:
  explicit Stream(std::string epoch) : epoch_(std::move(epoch)) {}

  std::uint64_t length() const { return length_; }
  StreamId last_id() const { return last_id_; }
  StreamId max_deleted_id() const { return max_deleted_id_; }
  /// Entries ever added; never falls.
  std::uint64_t entries_added() const { return entries_added_; }
  const std::string& epoch() const { return epoch_; }
  std::size_t nodes() const { return nodes_.size(); }
  std::size_t memory_bytes() const { return memory_bytes_; }

  /// The ID of the first entry that a range shows; 0-0 if there is none.
  StreamId first_entry_id(Range range = {}) const;

  /// Calls visit(entry) for the entries of a range in its order.
  template <class Visit>
  void visit(const Range& range, Visit visit) const {
    if (range.newest_first) {
      visit_backward(range, visit);
    } else {
      visit_forward(range, visit);
    }
  }
  /// As many as visit() would show.
  std::uint64_t count(const Range& range) const;

  /// The ID must be greater than last_id().
  void append(StreamId id, Words words, const NodeLimits& limits);
  bool remove(StreamId id);
  /// Returns how many entries it removed.
  std::uint64_t trim(const Trim& trim);
  /// A new epoch must be given if the last ID goes back.
  void set_position(const StreamPosition& position);
  void set_epoch(std::string epoch) { epoch_ = std::move(epoch); }
  /// Frees memory of a stream that nobody needs any more, so many nodes at a time. False when none
  /// are left.
  bool dissolve(std::size_t nodes_max);

  /// Message-ids of XPUBLISH ... ONCE; made when first needed.
  std::unique_ptr<OnceWindow>& once() { return once_; }

 private:
  using Nodes = std::map<StreamId, StreamNode>;  // by the ID that the node began with

  template <class Visit>
  void visit_forward(const Range& range, Visit& visit) const;
  template <class Visit>
  void visit_backward(const Range& range, Visit& visit) const;
  /// The node that would hold the ID, or the next one.
  Nodes::const_iterator node_of(StreamId id) const;
  Nodes::iterator drop(Nodes::iterator node);
  bool may_drop(const StreamNode& node, const Trim& trim) const;
  std::uint64_t trim_within(StreamNode& node, const Trim& trim);

  Nodes nodes_;
  std::uint64_t length_ = 0;
  StreamId last_id_;
  StreamId max_deleted_id_;
  std::uint64_t entries_added_ = 0;
  std::string epoch_;
  std::size_t memory_bytes_ = sizeof(Stream);
  std::unique_ptr<OnceWindow> once_;
};

template <class Visit>
void Stream::visit_forward(const Range& range, Visit& visit) const {
  std::uint64_t left = range.count_max;
  StreamNode::Position at;
  for (auto node = node_of(range.first); node != nodes_.end() && left > 0; ++node) {
    for (std::uint64_t offset = 0; left > 0 && node->second.read(offset, at); offset = at.end) {
      if (at.entry.id > range.last) return;
      if (at.removed || at.entry.id < range.first) continue;
      visit(at.entry);
      --left;
    }
  }
}

template <class Visit>
void Stream::visit_backward(const Range& range, Visit& visit) const {
  std::uint64_t left = range.count_max;
  std::vector<std::uint64_t> offsets;
  StreamNode::Position at;
  for (auto node = nodes_.upper_bound(range.last); node != nodes_.begin() && left > 0;) {
    --node;
    offsets.clear();
    for (std::uint64_t offset = 0; node->second.read(offset, at); offset = at.end) {
      if (!at.removed && at.entry.id <= range.last) offsets.push_back(offset);
    }
    for (auto offset = offsets.rbegin(); offset != offsets.rend() && left > 0; ++offset, --left) {
      node->second.read(*offset, at);
      if (at.entry.id < range.first) return;
      visit(at.entry);
    }
  }
}

}  // namespace parley::broker
