#include "broker/keyspace.h"

namespace parley::broker {

Key* Keyspace::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second;
}

// A place that was cut off the end may stand in the list of free ones and be in use again.
std::uint32_t Keyspace::free_place() {
  while (!free_places_.empty()) {
    const std::uint32_t place = free_places_.back();
    free_places_.pop_back();
    if (place < places_.size() && !places_[place]) return place;
  }
  places_.emplace_back();
  return static_cast<std::uint32_t>(places_.size() - 1);
}

Key& Keyspace::create(std::string_view name, std::string epoch) {
  const std::uint32_t place = free_place();
  places_[place] = std::make_unique<Key>(db_, name, std::move(epoch));
  Key& key = *places_[place];
  key.place_ = place;
  by_name_.emplace(key.name_, &key);
  return key;
}

std::unique_ptr<Key> Keyspace::take(Key& key) {
  set_expiry(key, Key::kNever);
  by_name_.erase(key.name_);
  std::unique_ptr<Key> taken = std::move(places_[key.place_]);
  free_places_.push_back(key.place_);
  while (!places_.empty() && !places_.back()) places_.pop_back();
  if (places_.empty()) free_places_.clear();
  return taken;
}

void Keyspace::rename(Key& key, std::string_view name) {
  by_name_.erase(key.name_);
  key.name_ = name;
  by_name_.emplace(key.name_, &key);
}

void Keyspace::set_expiry(Key& key, std::int64_t expires_at_ms) {
  if (key.expires()) by_expiry_.erase({key.expires_at_ms_, &key});
  key.expires_at_ms_ = expires_at_ms;
  if (key.expires()) by_expiry_.emplace(expires_at_ms, &key);
}

Key* Keyspace::expired(std::int64_t now_ms) const {
  if (by_expiry_.empty() || by_expiry_.begin()->first > now_ms) return nullptr;
  return by_expiry_.begin()->second;
}

}  // namespace parley::broker
