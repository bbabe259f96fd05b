#pragma once

#include <boost/unordered/unordered_flat_set.hpp>
#include <cstdint>
#include <optional>
#include <string_view>

#include "broker/keyspace.h"
#include "broker/store.h"
#include "common/loop.h"

namespace parley::broker {

/// Collects what a tick changes in streams and hands it to the Store, as one batch, when the tick
/// ends. Under `--fsync always` it closes the loop's CommitGate for all that tells of a change.
///
/// Owned by the Broker, on its loop; written by History alone.
class Journal : private Flushable {
 public:
  Journal(Loop& loop, Store& store);

  StreamNumber next_stream() { return next_stream_++; }
  /// Numbers up to this one are taken.
  void skip_to(StreamNumber number);

  /// The key's record will be written. Returns the number of the commit.
  std::uint64_t note(const Key& key);
  /// Its entries too, but not its message-ids.
  void erase(const Key& key);
  void put_entry(StreamNumber stream, StreamId id, char flags, Words words);
  /// No end: all that follow.
  void erase_entries(StreamNumber stream, StreamId first, std::optional<StreamId> end);
  void put_once(StreamNumber stream, std::uint64_t offset, std::int64_t time_ms,
                std::string_view message_id);
  void erase_once(StreamNumber stream, std::uint64_t first, std::uint64_t end);

  /// What is shown next is as new as this commit.
  void shows(std::uint64_t commit) {
    if (gates_) loop().gate().want(commit);
  }

  /// What is shown next is that some key is not there, or which are.
  void shows_names() { shows(changed_.empty() && batch_.empty() ? submitted_ : upcoming()); }

  /// Hands over what was collected, now.
  void flush() override;

  std::uint64_t submitted() const { return submitted_; }
  /// The number of the commit that is being collected.
  std::uint64_t upcoming() const { return submitted_ + 1; }
  std::uint64_t written() const { return written_; }
  /// The store has written all up to this commit.
  void committed(std::uint64_t commit);

 private:
  StreamRecord record(const Key& key) const;

  Store& store_;
  const bool gates_;
  StoreBatch batch_;
  boost::unordered_flat_set<const Key*> changed_;
  StreamNumber next_stream_ = 1;
  std::uint64_t submitted_ = 0;
  std::uint64_t written_ = 0;
};

}  // namespace parley::broker
