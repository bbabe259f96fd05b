#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "broker/entry.h"
#include "broker/history_limits.h"

namespace parley::broker {

/// A run of entries of a stream, lying one behind the other in one piece of memory.
///
/// Its borders are not free to choose: trimming with `~` removes whole nodes, and clients see how
/// much that is. So a node begins where Redis begins one, and measured_ follows the size that the
/// entries would have there (in Redis's "listpack"), not their size here.
///
/// A removed entry keeps its bytes until the node goes; so it is in Redis too.
class StreamNode {
 public:
  explicit StreamNode(StreamId first) : base_(first), last_(first) {}

  bool has_room(Words words, const NodeLimits& limits) const;
  /// The ID must be greater than all before.
  /// Returns the offset of the entry, for read().
  std::uint64_t append(StreamId id, Words words);
  /// No more will be appended.
  void seal() { bytes_.shrink_to_fit(); }

  /// Entries that are not removed.
  std::uint32_t live() const { return live_; }
  /// Of the last entry, removed or not.
  StreamId last_id() const { return last_; }
  std::size_t memory_bytes() const { return sizeof *this + bytes_.capacity(); }

  /// True if the node that comes before this one in the stream may be on disk alone.
  bool follows_gap() const { return follows_gap_; }
  void set_follows_gap(bool follows_gap) { follows_gap_ = follows_gap; }
  /// The commit that brings its last change to disk; 0 if it came from there.
  std::uint64_t commit() const { return commit_; }
  void set_commit(std::uint64_t commit) { commit_ = commit; }

  /// One entry and the place behind it.
  struct Position {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    bool removed = false;
    Entry entry;
  };
  /// The entry that begins at `offset`; false at the end. The first is at 0, the next where this
  /// one ends.
  bool read(std::uint64_t offset, Position& position) const;
  /// Marks the entry at a position removed.
  void remove(const Position& position);
  /// Takes away the entries behind this ID; all of them must be removed ones, and not all there
  /// are.
  void cut_behind(StreamId last);

 private:
  StreamId base_;
  StreamId last_;
  std::uint32_t live_ = 0;
  std::uint32_t removed_ = 0;
  bool follows_gap_ = false;
  std::uint64_t measured_ = 0;
  std::uint64_t commit_ = 0;
  std::string bytes_;
};

}  // namespace parley::broker
