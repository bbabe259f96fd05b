#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "broker/history_limits.h"
#include "broker/journal.h"
#include "broker/keyspace.h"

namespace parley::broker {

// The streams of all databases, and every way to change them.
//
// Commands look at keys freely and change them through here alone. That makes this the one place
// where a change has its consequences: those who watch the key are told, readers who wait for news
// of it are told, memory is accounted for. And, with a store, it is written to the journal:
// each verb below is one change, complete when it returns.
//
// A key whose time is over is gone for every find(), and taken away then (lazily) or by maintain()
// (actively). What was thrown away is freed piece by piece, so that no command stops the loop for
// the size of what it deletes.
//
// With a store old entries are on disk alone. Who runs a command that needs them sees to it that
// they are here first (Loading).
//
// Owned by the Broker, on its thread. It does no I/O and starts no timer: maintain() is called.
class History {
 public:
  static constexpr int kDatabases = 16;
  /// What one call of maintain() does at most: keys that expire, nodes that are freed, keys whose
  /// window of message-ids is looked at.
  static constexpr std::size_t kExpiriesPerTurn = 500;
  static constexpr std::size_t kNodesFreedPerTurn = 2'000;
  static constexpr std::uint64_t kWindowsPerTurn = 2'000;

  /// Told about changes of a key. May not change keys.
  struct Observer {
    std::function<void(const Key&)> changed;  // its content or its expiry; or it came or went
    std::function<void(const Key&)> grown;    // it has entries that it had not
  };
  using Clock = std::function<std::int64_t()>;  // milliseconds since 1970

  explicit History(HistoryLimits limits, Clock clock = wall_clock_ms);
  ~History();

  void observe(Observer observer) { observer_ = std::move(observer); }
  HistoryLimits& limits() { return limits_; }
  /// From now on all changes are written down. Before it: restore().
  void write_to(Journal& journal) { journal_ = &journal; }
  /// A stream that is on disk.
  void restore(StreamNumber number, const StreamRecord& record, std::string epoch);
  /// The commit of what is changed now; 0 without a store.
  std::uint64_t upcoming_commit() const { return journal_ ? journal_->upcoming() : 0; }
  std::int64_t now_ms() const { return clock_(); }
  static std::int64_t wall_clock_ms();

  // --- looking ---

  const Keyspace& database(int db) const { return databases_[static_cast<std::size_t>(db)]; }
  /// For a reply that tells which keys there are.
  const Keyspace& names(int db) const;
  /// The key, if it is there and its time is not over.
  Key* find(int db, std::string_view name);
  /// The same, counted as a hit or a miss.
  Key* find_for_reading(int db, std::string_view name);

  // --- changing ---

  Key& find_or_create(int db, std::string_view name);
  /// The ID must be greater than the stream's last one.
  void append(Key& key, StreamId id, Words words);
  std::uint64_t trim(Key& key, const Trim& trim);
  std::uint64_t remove(Key& key, std::span<const StreamId> ids);
  /// As XSETID. If the last ID goes back, the stream gets a new epoch.
  void set_position(Key& key, const StreamPosition& position);
  void erase(Key& key);
  /// What was there under the new name is erased.
  void rename(Key& key, std::string_view name);
  /// A time that is over erases the key. Key::kNever: it lasts.
  void expire_at(Key& key, std::int64_t time_ms);
  void clear(int db);

  /// The offset under which XPUBLISH ... ONCE has appended this message-id, if it is remembered.
  std::optional<std::uint64_t> seen_once(Key& key, std::string_view message_id);
  void remember_once(Key& key, std::string_view message_id, std::uint64_t offset);

  /// To be called from time to time. True if there is more to do at once.
  bool maintain();

  // --- entries that are on disk alone ---

  /// Streams that are not complete().
  std::size_t incomplete() const { return incomplete_; }
  void fill(Key& key, const Gap& gap, GapContent content);
  void fill_once(Key& key, std::unique_ptr<OnceWindow> window);
  /// Lets go of entries, of streams that were not used for longest first, until memory is within
  /// the limit; but of none whose last change is not on disk with this commit.
  void evict_above(std::uint64_t memory_bytes_max, std::uint64_t written);

  struct Counters {
    std::uint64_t expired = 0;
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;
    std::uint64_t evicted = 0;  // streams of which entries were let go of
  };
  const Counters& counters() const { return counters_; }
  std::uint64_t memory_bytes() const { return memory_bytes_; }
  std::uint64_t once_ids() const { return once_ids_; }

 private:
  class Change;

  Keyspace& keyspace(const Key& key) { return databases_[static_cast<std::size_t>(key.db())]; }
  void discard(std::unique_ptr<Key> key);
  bool remove(Key& key, StreamId id);
  void forget_old_ids(Key& key);
  void drop_window(Key& key);
  void note(Key& key);
  void used(Key& key);
  void begin_use(Key& key);
  void end_use(Key& key);
  void forget_window(Key& key);
  void erase_forgotten_ids(Key& key, std::uint64_t at_least);
  bool expire_some();
  bool free_some();
  void look_at_windows();

  HistoryLimits limits_;
  Clock clock_;
  Observer observer_;
  Journal* journal_ = nullptr;  // none: streams are in memory only
  std::vector<Keyspace> databases_;
  std::vector<std::unique_ptr<Key>> discarded_;
  Counters counters_;
  std::uint64_t memory_bytes_ = 0;
  std::list<Key*> uses_;  // longest unused first; with a journal, keys that are in memory
  std::size_t incomplete_ = 0;
  std::uint64_t once_ids_ = 0;
  int window_db_ = 0;  // where look_at_windows() goes on
  std::uint64_t window_cursor_ = 0;
};

}  // namespace parley::broker
