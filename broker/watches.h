#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace parley::broker {

class Client;

/// Which clients watch which keys (WATCH), and whose keys have changed since. Whoever changes a key
/// says so with touch(). Belongs to the Broker, on its thread.
class Watches {
 public:
  static constexpr int kAnyDb = -1;

  void watch(Client& client, int db, std::string_view key);
  /// Ends all watches of the client and forgets what had changed.
  void unwatch(Client& client);

  /// The key has changed, or is gone: the transactions of those who watch it will not run.
  void touch(int db, std::string_view key) {
    if (!watched_.empty()) touch_watched(db, key);
  }
  void touch(std::string_view key) { touch(kAnyDb, key); }
  /// Every watched key for which `exists(db, key)` is true is about to go (FLUSHALL).
  template <class Exists>
  void touch_all(Exists exists) {
    for (const auto& [name, watched] : watched_) {
      for (const Watcher& watcher : watched->watchers) {
        if (exists(watcher.db, name)) mark_changed(watcher);
      }
    }
  }
  void touch_all() {
    touch_all([](int, std::string_view) { return true; });
  }

  /// True if a key that the client watches was touched.
  bool changed(const Client& client) const;
  /// How many keys the client watches.
  std::size_t keys_of(const Client& client) const;
  /// Clients that watch at least one key.
  std::size_t clients() const { return watching_.size(); }

 private:
  struct Watcher {
    const Client* client;
    int db;
    bool operator==(const Watcher&) const = default;
  };
  struct WatchedKey {
    std::string key;
    std::vector<Watcher> watchers;
  };
  struct Watching {
    std::vector<WatchedKey*> keys;  // one that is watched in two databases stands here twice
    bool changed = false;
  };

  void touch_watched(int db, std::string_view key);
  void mark_changed(const Watcher& watcher);

  boost::unordered_flat_map<std::string_view, std::unique_ptr<WatchedKey>> watched_;
  boost::unordered_flat_map<const Client*, Watching> watching_;
};

}  // namespace parley::broker
