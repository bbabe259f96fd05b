#include "broker/history.h"

#include <chrono>
#include <random>

namespace parley::broker {

namespace {

// 16 letters and digits: 82 bits, so that no two streams ever share an epoch.
std::string random_epoch() {
  constexpr std::string_view kAlphabet = "0123456789abcdefghijklmnopqrstuvwxyz";
  constexpr std::size_t kLetters = 16;
  std::random_device random;
  std::uniform_int_distribution<std::size_t> letter(0, kAlphabet.size() - 1);
  std::string epoch;
  while (epoch.size() < kLetters) epoch.push_back(kAlphabet[letter(random)]);
  return epoch;
}

}  // namespace

/// Keeps the sum of memory right while a stream changes, and tells the observer afterwards.
class History::Change {
 public:
  Change(History& history, Key& key)
      : history_(history), key_(key), before_(key.stream_.memory_bytes()) {}
  ~Change() { history_.memory_bytes_ += key_.stream_.memory_bytes() - before_; }
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
  std::uint64_t before_;
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
  if (key == nullptr || !key->expires() || key->expires_at_ms() > now_ms()) return key;
  ++counters_.expired;
  erase(*key);
  return nullptr;
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
  return key;
}

void History::append(Key& key, StreamId id, Words words) {
  const Change change(*this, key);
  key.stream_.append(id, words, limits_.nodes);
  change.tell_changed();
  change.tell_grown();
}

std::uint64_t History::trim(Key& key, const Trim& trim) {
  const Change change(*this, key);
  const std::uint64_t removed = key.stream_.trim(trim);
  if (removed > 0) change.tell_changed();
  return removed;
}

std::uint64_t History::remove(Key& key, std::span<const StreamId> ids) {
  const Change change(*this, key);
  std::uint64_t removed = 0;
  for (const StreamId id : ids) removed += key.stream_.remove(id) ? 1 : 0;
  if (removed > 0) change.tell_changed();
  return removed;
}

// As in Redis, those who watch the key are not told.
void History::set_position(Key& key, const StreamPosition& position) {
  if (position.last_id < key.stream_.last_id()) {
    key.stream_.set_epoch(random_epoch());
    drop_window(key);
  }
  key.stream_.set_position(position);
}

void History::erase(Key& key) {
  if (observer_.changed) observer_.changed(key);
  drop_window(key);
  memory_bytes_ -= key.stream_.memory_bytes();
  discard(keyspace(key).take(key));
}

void History::discard(std::unique_ptr<Key> key) {
  constexpr std::size_t kFreedAtOnce = 64;  // nodes
  if (key->stream_.nodes() > kFreedAtOnce) discarded_.push_back(std::move(key));
}

void History::rename(Key& key, std::string_view name) {
  if (Key* in_the_way = find(key.db(), name)) erase(*in_the_way);
  const Change change(*this, key);
  change.tell_changed();
  keyspace(key).rename(key, name);
  change.tell_changed();
  change.tell_grown();
}

void History::expire_at(Key& key, std::int64_t time_ms) {
  if (time_ms <= now_ms()) {
    erase(key);
    return;
  }
  keyspace(key).set_expiry(key, time_ms);
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
}

void History::forget_old_ids(Key& key) {
  auto& window = key.stream_.once();
  if (!window) return;
  once_ids_ -= window->size();
  window->forget_before(now_ms() - limits_.once.age_max.count());
  once_ids_ += window->size();
  if (window->size() == 0) window.reset();
}

void History::drop_window(Key& key) {
  if (key.stream_.once()) once_ids_ -= key.stream_.once()->size();
  key.stream_.once().reset();
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
  });
  if (window_cursor_ == 0) window_db_ = (window_db_ + 1) % kDatabases;
}

}  // namespace parley::broker
