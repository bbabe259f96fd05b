#include "broker/history.h"

#include <chrono>
#include <utility>

#include "broker/epoch.h"

namespace parley::broker {

/// Keeps the sum of memory right while a stream changes, and tells the observer afterwards.
class History::Change {
 public:
  Change(History& history, Key& key)
      : history_(history),
        key_(key),
        bytes_before_(key.stream_.memory_bytes()),
        complete_before_(key.stream_.complete()) {
    if (history.journal_) key.stream_.set_commit(history.journal_->upcoming());
  }
  ~Change() {
    history_.memory_bytes_ += key_.stream_.memory_bytes() - bytes_before_;
    history_.incomplete_ += complete_before_ ? 1 : 0;
    history_.incomplete_ -= key_.stream_.complete() ? 1 : 0;
  }
  Change(const Change&) = delete;
  Change& operator=(const Change&) = delete;

  void tell_changed() const {
    if (history_.observer_.changed) history_.observer_.changed(key_);
  }
  void tell_grown() const {
    if (history_.observer_.grown) history_.observer_.grown(key_);
  }

 private:
  History& history_;
  Key& key_;
  std::uint64_t bytes_before_;
  bool complete_before_;
};

History::History(HistoryLimits limits, Clock clock) : limits_(limits), clock_(std::move(clock)) {
  for (int db = 0; db < kDatabases; ++db) databases_.emplace_back(db);
}

History::~History() = default;

std::int64_t History::wall_clock_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

Key* History::find(int db, std::string_view name) {
  Key* key = databases_[static_cast<std::size_t>(db)].find(name);
  if (key == nullptr) {
    if (journal_) journal_->shows_names();
    return nullptr;
  }
  if (!key->expires() || key->expires_at_ms() > now_ms()) {
    if (journal_) used(*key);
    return key;
  }
  ++counters_.expired;
  erase(*key);
  return nullptr;
}

const Keyspace& History::names(int db) const {
  if (journal_) journal_->shows_names();
  return database(db);
}

Key* History::find_for_reading(int db, std::string_view name) {
  Key* key = find(db, name);
  ++(key ? counters_.hits : counters_.misses);
  return key;
}

Key& History::find_or_create(int db, std::string_view name) {
  if (Key* key = find(db, name)) return *key;
  Key& key = databases_[static_cast<std::size_t>(db)].create(name, random_epoch());
  memory_bytes_ += key.stream_.memory_bytes();
  if (journal_) {
    key.number_ = journal_->next_stream();
    begin_use(key);
    note(key);
  }
  return key;
}

void History::append(Key& key, StreamId id, Words words) {
  const Change change(*this, key);
  const bool begins_node = key.stream_.append(id, words, limits_.nodes);
  if (journal_) {
    journal_->put_entry(key.number_, id, begins_node ? kBeginsNode : 0, words);
    note(key);
  }
  change.tell_changed();
  change.tell_grown();
}

std::uint64_t History::trim(Key& key, const Trim& trim) {
  const Change change(*this, key);
  const StreamId begin = key.stream_.begin_id();
  const std::size_t nodes = key.stream_.nodes();
  const std::uint64_t removed = key.stream_.trim(trim);
  // A node may go of which all entries had been removed before.
  const bool nodes_went = key.stream_.nodes() != nodes;
  if (removed == 0 && !nodes_went) return 0;
  if (journal_) {
    std::optional<StreamId> end;
    if (key.stream_.nodes() > 0) end = key.stream_.begin_id();
    if (nodes_went) journal_->erase_entries(key.number_, begin, end);
    note(key);
  }
  if (removed > 0) change.tell_changed();
  return removed;
}

std::uint64_t History::remove(Key& key, std::span<const StreamId> ids) {
  const Change change(*this, key);
  std::uint64_t removed = 0;
  for (const StreamId id : ids) removed += remove(key, id) ? 1 : 0;
  if (removed > 0) change.tell_changed();
  return removed;
}

// On disk it stays until its node goes, marked, as it does in memory.
bool History::remove(Key& key, StreamId id) {
  if (journal_ == nullptr) return key.stream_.remove(id);
  const auto node = key.stream_.node_around(id);
  std::vector<std::string_view> words;
  key.stream_.visit({.first = id, .last = id}, [&](const Entry& entry) {
    BodyReader body(entry.body);
    for (std::string_view word; body.next(word);) words.push_back(word);
  });
  if (!node || words.empty()) return false;
  const char flags = id == node->first ? kBeginsNode | kRemovedEntry : kRemovedEntry;
  journal_->put_entry(key.number_, id, flags, words);
  key.stream_.remove(id);
  if (!key.stream_.node_around(id)) {
    journal_->erase_entries(key.number_, node->first, next(node->second));
  }
  note(key);
  return true;
}

// As in Redis, those who watch the key are not told.
void History::set_position(Key& key, const StreamPosition& position) {
  if (position.last_id < key.stream_.last_id()) {
    key.stream_.set_epoch(random_epoch());
    drop_window(key);
    if (journal_) {
      key.stream_.set_commit(journal_->upcoming());
      journal_->erase_entries(key.number_, *next(position.last_id), {});
    }
  }
  key.stream_.set_position(position);
  if (journal_) note(key);
}

void History::erase(Key& key) {
  if (observer_.changed) observer_.changed(key);
  drop_window(key);
  memory_bytes_ -= key.stream_.memory_bytes();
  if (!key.stream_.complete()) --incomplete_;
  if (journal_) {
    journal_->erase(key);
    end_use(key);
  }
  discard(keyspace(key).take(key));
}

void History::discard(std::unique_ptr<Key> key) {
  constexpr std::size_t kFreedAtOnce = 64;  // nodes
  if (key->stream_.nodes() > kFreedAtOnce && !key->stream_.away())
    discarded_.push_back(std::move(key));
}

void History::rename(Key& key, std::string_view name) {
  if (Key* in_the_way = find(key.db(), name)) erase(*in_the_way);
  const Change change(*this, key);
  change.tell_changed();
  keyspace(key).rename(key, name);
  if (journal_) note(key);
  change.tell_changed();
  change.tell_grown();
}

void History::expire_at(Key& key, std::int64_t time_ms) {
  if (time_ms <= now_ms()) {
    erase(key);
    return;
  }
  keyspace(key).set_expiry(key, time_ms);
  if (journal_) note(key);
  if (observer_.changed) observer_.changed(key);
}

void History::clear(int db) {
  std::vector<Key*> keys;
  database(db).for_each([&](Key& key) { keys.push_back(&key); });
  for (Key* key : keys) erase(*key);
}

// --- message-ids ---

std::optional<std::uint64_t> History::seen_once(Key& key, std::string_view message_id) {
  if (!key.stream_.once()) return std::nullopt;
  forget_old_ids(key);
  return key.stream_.once() ? key.stream_.once()->find(message_id) : std::nullopt;
}

void History::remember_once(Key& key, std::string_view message_id, std::uint64_t offset) {
  auto& window = key.stream_.once();
  if (!window) window = std::make_unique<OnceWindow>();
  once_ids_ -= window->size();
  // Past the limit for all, a stream that remembers one more forgets one of its own.
  if (once_ids_ + window->size() >= limits_.once.ids_total_max) window->forget_oldest();
  window->remember(message_id, offset, now_ms(), limits_.once.ids_max);
  once_ids_ += window->size();
  if (journal_ == nullptr) return;
  constexpr std::uint64_t kErasedAtOnce = 256;
  journal_->put_once(key.number_, offset, now_ms(), message_id);
  key.once_end_ = offset + 1;
  erase_forgotten_ids(key, kErasedAtOnce);
}

// Those on disk that memory has forgotten, if there are as many.
void History::erase_forgotten_ids(Key& key, std::uint64_t at_least) {
  const auto& window = key.stream_.once();
  const bool has_some = window && window->size() > 0;
  const std::uint64_t begin = has_some ? window->oldest() : key.once_end_;
  if (begin < key.once_begin_ + at_least) return;
  journal_->erase_once(key.number_, key.once_begin_, begin);
  key.once_begin_ = begin;
}

void History::forget_old_ids(Key& key) {
  auto& window = key.stream_.once();
  if (!window) return;
  once_ids_ -= window->size();
  window->forget_before(now_ms() - limits_.once.age_max.count());
  once_ids_ += window->size();
  if (window->size() == 0) window.reset();
}

void History::forget_window(Key& key) {
  if (key.stream_.once()) once_ids_ -= key.stream_.once()->size();
  key.stream_.once().reset();
}

void History::drop_window(Key& key) {
  const Change change(*this, key);
  forget_window(key);
  const bool may_have_some = key.stream_.once_away() || key.once_end_ > key.once_begin_;
  if (journal_ && may_have_some) journal_->erase_once(key.number_, 0, UINT64_MAX);
  key.stream_.set_once_away(false);
  key.once_begin_ = key.once_end_ = 0;
}

// --- with a store ---

void History::note(Key& key) {
  key.commit_ = journal_->note(key);
}

void History::used(Key& key) {
  journal_->shows(key.commit_);
  if (key.in_memory_) uses_.splice(uses_.end(), uses_, key.use_);
}

void History::begin_use(Key& key) {
  if (std::exchange(key.in_memory_, true)) return;
  key.use_ = uses_.insert(uses_.end(), &key);
}

void History::end_use(Key& key) {
  if (std::exchange(key.in_memory_, false)) uses_.erase(key.use_);
}

void History::restore(StreamNumber number, const StreamRecord& record, std::string epoch) {
  Keyspace& keys = databases_[static_cast<std::size_t>(record.db)];
  Key& key = keys.create(record.name, std::move(epoch));
  key.number_ = number;
  key.stream_.restore({record.last_id, record.entries_added, record.max_deleted_id}, record.length,
                      record.nodes, record.begin_id, record.trimmed_below);
  keys.set_expiry(key, record.expires_at_ms);
  memory_bytes_ += key.stream_.memory_bytes();
  if (!key.stream_.complete()) ++incomplete_;
}

void History::fill(Key& key, const Gap& gap, GapContent content) {
  const Change change(*this, key);
  key.stream_.fill(gap, std::move(content));
  begin_use(key);
}

void History::fill_once(Key& key, std::unique_ptr<OnceWindow> window) {
  if (!key.stream_.once_away()) return;
  const Change change(*this, key);
  key.stream_.set_once_away(false);
  begin_use(key);
  key.once_begin_ = key.once_end_ = 0;
  if (!window) return;
  key.once_begin_ = window->oldest();
  key.once_end_ = window->newest() + 1;
  key.stream_.once() = std::move(window);
  auto& ids = key.stream_.once();
  while (ids->size() > limits_.once.ids_max) ids->forget_oldest();
  once_ids_ += ids->size();
  forget_old_ids(key);
}

void History::evict_above(std::uint64_t memory_bytes_max, std::uint64_t written) {
  constexpr int kLookedAtMax = 1'000;
  int looked_at = 0;
  for (auto use = uses_.begin(); use != uses_.end() && memory_bytes_ > memory_bytes_max;) {
    Key& key = **use++;
    if (++looked_at > kLookedAtMax) return;
    const std::size_t before = key.stream_.memory_bytes();
    const Change change(*this, key);
    key.stream_.evict(memory_bytes_ - memory_bytes_max, written);
    if (key.stream_.memory_bytes() < before) ++counters_.evicted;
    if (key.commit_ > written) {
      // What waits for the disk must not stand before those that could be let go of.
      uses_.splice(uses_.end(), uses_, key.use_);
      continue;
    }
    if (!key.stream_.away()) continue;
    forget_window(key);
    key.stream_.set_once_away(true);
    end_use(key);
  }
}

// --- from time to time ---

bool History::maintain() {
  look_at_windows();
  const bool more_expired = expire_some();
  return free_some() || more_expired;
}

bool History::expire_some() {
  const std::int64_t now = now_ms();
  std::size_t left = kExpiriesPerTurn;
  for (const Keyspace& keys : databases_) {
    for (Key* key = keys.expired(now); key != nullptr; key = keys.expired(now)) {
      if (left-- == 0) return true;
      ++counters_.expired;
      erase(*key);
    }
  }
  return false;
}

bool History::free_some() {
  if (discarded_.empty()) return false;
  if (!discarded_.back()->stream_.dissolve(kNodesFreedPerTurn)) discarded_.pop_back();
  return !discarded_.empty();
}

void History::look_at_windows() {
  if (once_ids_ == 0) return;
  window_cursor_ = database(window_db_).scan(window_cursor_, kWindowsPerTurn, [&](Key& key) {
    forget_old_ids(key);
    if (journal_ && !key.stream_.once() && !key.stream_.once_away()) erase_forgotten_ids(key, 1);
  });
  if (window_cursor_ == 0) window_db_ = (window_db_ + 1) % kDatabases;
}

}  // namespace parley::broker
