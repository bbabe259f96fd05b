#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <list>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "broker/store_batch.h"
#include "broker/stream.h"

namespace parley::broker {

/// A stream under its name. Whoever is not History may only look.
class Key {
 public:
  static constexpr std::int64_t kNever = INT64_MAX;

  Key(int db, std::string_view name, std::string epoch)
      : db_(db), name_(name), stream_(std::move(epoch)) {}

  int db() const { return db_; }
  const std::string& name() const { return name_; }
  const Stream& stream() const { return stream_; }
  /// Milliseconds since 1970, or kNever.
  std::int64_t expires_at_ms() const { return expires_at_ms_; }
  bool expires() const { return expires_at_ms_ != kNever; }
  /// On disk, and the commit that has made its last change; 0 without a store.
  StreamNumber number() const { return number_; }
  std::uint64_t commit() const { return commit_; }

 private:
  friend class Keyspace;
  friend class History;

  int db_;
  std::string name_;
  Stream stream_;
  std::int64_t expires_at_ms_ = kNever;
  std::uint32_t place_ = 0;
  StreamNumber number_ = 0;
  std::uint64_t commit_ = 0;
  // Message-ids of these offsets may be on disk; not known while they are there alone.
  std::uint64_t once_begin_ = 0;
  std::uint64_t once_end_ = 0;
  std::list<Key*>::iterator use_;  // in the order of use, if
  bool in_memory_ = false;         // some of its entries or message-ids are
};

/// The keys of one database: by name, by place (for SCAN) and by time of expiry. It knows no clock
/// and tells nobody of changes; History does. Owned by it, on its thread.
class Keyspace {
 public:
  explicit Keyspace(int db) : db_(db) {}

  Key* find(std::string_view name) const;
  /// The name must be free.
  Key& create(std::string_view name, std::string epoch);
  /// Takes a key out.
  std::unique_ptr<Key> take(Key& key);
  /// The new name must be free.
  void rename(Key& key, std::string_view name);
  void set_expiry(Key& key, std::int64_t expires_at_ms);

  std::size_t size() const { return by_name_.size(); }
  std::size_t expiring() const { return by_expiry_.size(); }
  /// The key that expires first, if its time has come.
  Key* expired(std::int64_t now_ms) const;

  template <class Visit>
  void for_each(Visit visit) const {
    for (const auto& key : places_) {
      if (key) visit(*key);
    }
  }

  /// Visits about `count` keys from `cursor` on and returns the cursor to go on with, 0 at the end.
  /// A key has one place for as long as it lives, so whatever comes and goes meanwhile, a key that
  /// is there from the first call to the last is visited exactly once.
  template <class Visit>
  std::uint64_t scan(std::uint64_t cursor, std::uint64_t count, Visit visit) const {
    // Free places are walked over, but not for ever.
    const std::uint64_t steps =
        count > UINT64_MAX / kFreePlacesPerKey ? count : count * kFreePlacesPerKey;
    for (std::uint64_t step = 0; cursor < places_.size(); ++cursor, ++step) {
      if (count == 0 || step == steps) return cursor;
      if (!places_[cursor]) continue;
      visit(*places_[cursor]);
      --count;
    }
    return 0;
  }

 private:
  static constexpr std::uint64_t kFreePlacesPerKey = 10;

  std::uint32_t free_place();

  int db_;
  boost::unordered_flat_map<std::string_view, Key*> by_name_;
  std::set<std::pair<std::int64_t, Key*>> by_expiry_;
  std::vector<std::unique_ptr<Key>> places_;
  std::vector<std::uint32_t> free_places_;
};

}  // namespace parley::broker
