#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
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

/// Neighbouring nodes that are on disk alone, and what is wanted of them.
struct Gap {
  StreamId begin;               // no node of the gap has a lower ID
  std::optional<StreamId> end;  // where the next node begins; none: there is none
  Range wanted;
  // The stream when this was found: what is read must not be older than what was changed since.
  StreamId trimmed_below;
  std::uint64_t dropped = 0;
};

/// The nodes, by the ID that each began with.
using StreamNodes = std::map<StreamId, StreamNode>;

/// What was read of a gap.
struct GapContent {
  StreamNodes nodes;        // neighbours
  bool from_begin = false;  // no node lies before them in the gap,
  bool to_end = false;      // none behind
};

/// A log of entries with rising IDs, as Redis's streams are, and an epoch.
///
/// The epoch is a random word that the stream is given when it is made and again whenever its last
/// ID goes back: so a pair of epoch and ID never names two entries. It is what lets a reader tell
/// "nothing new" from "all that you know is gone".
///
/// Any of its nodes may be on disk alone; between those in memory there is a gap then. Who needs
/// entries asks for missing() first and has the gap filled. All that is not entries is always here.
///
/// Owned by a Keyspace, on its thread; changed only through it.
class Stream {
 public:
  explicit Stream(std::string epoch) : epoch_(std::move(epoch)) {}

  std::uint64_t length() const { return length_; }
  StreamId last_id() const { return last_id_; }
  StreamId max_deleted_id() const { return max_deleted_id_; }
  /// Entries ever added; never falls.
  std::uint64_t entries_added() const { return entries_added_; }
  const std::string& epoch() const { return epoch_; }
  std::size_t nodes() const { return nodes_count_; }
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

  /// The ID must be greater than last_id(). True if the entry begins a node.
  bool append(StreamId id, Words words, const NodeLimits& limits);
  bool remove(StreamId id);
  /// Returns how many entries it removed.
  std::uint64_t trim(const Trim& trim);
  /// A new epoch must be given if the last ID goes back; the last node must be in memory then.
  void set_position(const StreamPosition& position);
  void set_epoch(std::string epoch) { epoch_ = std::move(epoch); }
  /// Frees memory of a stream that nobody needs any more, so many nodes at a time. False when none
  /// are left.
  bool dissolve(std::size_t nodes_max);

  /// No node has a lower ID.
  StreamId begin_id() const { return begin_id_; }
  /// Exact trimming has removed all entries before this one.
  StreamId trimmed_below() const { return trimmed_below_; }
  /// The IDs of the first and the last entry, removed or not, of the node that holds this entry.
  std::optional<std::pair<StreamId, StreamId>> node_around(StreamId id) const;

  // --- gaps (stream_gaps.cpp) ---

  /// True if everything is in memory.
  bool complete() const { return gaps_ == 0 && !once_away_; }
  /// True if no entries are in memory.
  bool away() const { return nodes_.empty(); }
  /// The first gap that visit() would come upon in this range.
  std::optional<Gap> missing(const Range& range) const;
  /// What trim() would look at when so many entries will have been added.
  Range trimmed_by(const Trim& trim, std::uint64_t added) const;
  /// A node was taken out from between others, or the last ID went back: with this commit what is
  /// no more is gone from disk. Until then a gap must not be read, it would come back.
  std::uint64_t dropped_commit() const { return dropped_commit_; }
  /// Puts nodes in their places, unless the stream went on in a way that they do not know of: then
  /// missing() tells the gap again.
  void fill(const Gap& gap, GapContent content);
  /// Lets go of nodes, oldest first, until so many bytes are free, but of none whose last change is
  /// not on disk with this commit.
  void evict(std::size_t bytes, std::uint64_t written);
  /// Nodes that change from now on come to disk with this commit.
  void set_commit(std::uint64_t commit) { commit_ = commit; }
  /// Sets all that is not entries; those are on disk, in so many nodes, the first not below
  /// `begin`.
  void restore(const StreamPosition& position, std::uint64_t length, std::size_t nodes,
               StreamId begin, StreamId trimmed_below);

  /// Message-ids of XPUBLISH ... ONCE; made when first needed.
  std::unique_ptr<OnceWindow>& once() { return once_; }
  /// They are on disk alone, if there are any.
  bool once_away() const { return once_away_; }
  void set_once_away(bool away) { once_away_ = away; }

 private:
  using Nodes = StreamNodes;

  template <class Visit>
  void visit_forward(const Range& range, Visit& visit) const;
  template <class Visit>
  void visit_backward(const Range& range, Visit& visit) const;
  /// The node that would hold the ID, or the next one.
  Nodes::const_iterator node_of(StreamId id) const;
  Nodes::iterator drop(Nodes::iterator node);
  void go_back(StreamId last);
  bool may_drop(const StreamNode& node, const Trim& trim) const;
  std::uint64_t trim_within(StreamNode& node, const Trim& trim);
  std::optional<Gap> missing_forward(Range range) const;
  std::optional<Gap> missing_backward(Range range) const;
  Gap gap_before(Nodes::const_iterator node, const Range& wanted) const;
  bool follows_gap(Nodes::const_iterator node) const;
  void set_follows_gap(Nodes::iterator node, bool follows_gap);
  Nodes::iterator take(Nodes::iterator node);

  Nodes nodes_;
  std::uint64_t length_ = 0;
  StreamId last_id_;
  StreamId max_deleted_id_;
  std::uint64_t entries_added_ = 0;
  std::string epoch_;
  StreamId begin_id_;
  StreamId trimmed_below_;
  std::size_t nodes_count_ = 0;  // in memory or not
  std::size_t gaps_ = 0;
  bool gap_at_end_ = false;
  bool once_away_ = false;
  std::uint64_t dropped_ = 0;  // times that what a gap holds on disk may be no longer true
  std::uint64_t dropped_commit_ = 0;
  std::uint64_t commit_ = 0;
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
