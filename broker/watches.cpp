#include "broker/watches.h"

#include <algorithm>

namespace parley::broker {

void Watches::watch(Client& client, int db, std::string_view key) {
  auto found = watched_.find(key);
  if (found == watched_.end()) {
    auto created = std::make_unique<WatchedKey>();
    created->key = key;
    const std::string_view name = created->key;
    found = watched_.emplace(name, std::move(created)).first;
  }
  WatchedKey& watched = *found->second;
  const Watcher watcher{&client, db};
  if (std::find(watched.watchers.begin(), watched.watchers.end(), watcher) !=
      watched.watchers.end()) {
    return;
  }
  watched.watchers.push_back(watcher);
  watching_[&client].keys.push_back(&watched);
}

void Watches::unwatch(Client& client) {
  const auto mine = watching_.find(&client);
  if (mine == watching_.end()) return;
  std::vector<WatchedKey*>& keys = mine->second.keys;
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  for (WatchedKey* watched : keys) {
    std::erase_if(watched->watchers,
                  [&](const Watcher& watcher) { return watcher.client == &client; });
    if (watched->watchers.empty()) watched_.erase(watched_.find(watched->key));
  }
  watching_.erase(mine);
}

bool Watches::changed(const Client& client) const {
  const auto found = watching_.find(&client);
  return found != watching_.end() && found->second.changed;
}

std::size_t Watches::keys_of(const Client& client) const {
  const auto found = watching_.find(&client);
  return found == watching_.end() ? 0 : found->second.keys.size();
}

void Watches::touch_watched(int db, std::string_view key) {
  const auto found = watched_.find(key);
  if (found == watched_.end()) return;
  for (const Watcher& watcher : found->second->watchers) {
    if (db == kAnyDb || db == watcher.db) mark_changed(watcher);
  }
}

void Watches::mark_changed(const Watcher& watcher) {
  watching_.find(watcher.client)->second.changed = true;
}

}  // namespace parley::broker
