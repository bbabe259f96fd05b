#include "chatserver/presence.h"

#include <algorithm>
#include <utility>

namespace parley::chat {

void Presence::open(const std::string& name, Time now) {
  Room& room = rooms_[name];
  room.opened_at = now;
  room.own.refresh_at = now + kRefresh;
  ask(name, {});
}

bool Presence::young(const std::string& name, Time now) const {
  const auto found = rooms_.find(name);
  if (found == rooms_.end()) return false;
  const auto& opened_at = found->second.opened_at;
  return !opened_at || now < *opened_at + kYoung;
}

bool Presence::holds_back(const std::string& name) const {
  const auto found = rooms_.find(name);
  return found != rooms_.end() && !found->second.own.leaving.empty();
}

void Presence::close(const std::string& name) {
  const auto found = rooms_.find(name);
  if (found == rooms_.end()) return;
  // Others need not wait for the grace to pass.
  const std::uint64_t version = found->second.own.version + 1;
  PresenceMessage nobody{.server = server_, .version = version};
  nobody.all.emplace();
  owner_.announce_presence(name, encode_presence(nobody));
  rooms_.erase(found);
}

// --- our own people ---

void Presence::enter(const std::string& name, const Person& person, Time now) {
  Own& own = rooms_[name].own;
  if (own.leaving.erase(person.client) > 0) return;
  const bool crowd = own.people.size() > kNamesMax;  // of which nobody is named
  for (const auto& [client, until] : own.leaving) {
    if (crowd || own.people[client] != person.name) continue;
    go(name, own, std::string(client));
    break;
  }
  own.people[person.client] = person.name;
  own.in.push_back(person);
  owner_.somebody_came(name, person);
  if (own.in.size() + own.out.size() >= PresenceMessage::kPeopleMax) tell(name, own, now);
}

void Presence::leave(const std::string& name, const Person& person, Time now) {
  const auto found = rooms_.find(name);
  if (found == rooms_.end() || !found->second.own.people.contains(person.client)) return;
  found->second.own.leaving[person.client] = now + kGrace;
}

void Presence::go(const std::string& name, Own& own, const std::string& client) {
  own.leaving.erase(client);
  const auto found = own.people.find(client);
  const Person person{found->first, found->second};
  own.people.erase(found);
  // Of one whose coming nobody was told of, the going is no news.
  if (std::erase(own.in, person) == 0) own.out.push_back(client);
  owner_.somebody_left(name, person);
}

void Presence::let_go(const std::string& name, Own& own, Time now) {
  std::vector<std::string> over;
  for (const auto& [client, until] : own.leaving) {
    if (until <= now) over.push_back(client);
  }
  for (const std::string& client : over) {
    go(name, own, client);
    if (own.out.size() >= PresenceMessage::kPeopleMax) tell(name, own, now);
  }
}

// What has changed, what was asked for, or a sign of life.
void Presence::tell(const std::string& name, Own& own, Time now) {
  PresenceMessage message{.server = server_};
  message.crowd = own.people.size() > kNamesMax;
  message.count = own.people.size();
  if (!own.in.empty() || !own.out.empty()) ++own.version;
  message.version = own.version;
  if (own.asked && !message.crowd) {
    message.all.emplace();
    for (const auto& [client, person] : own.people) message.all->push_back({client, person});
  } else if (!message.crowd) {
    message.in = own.in;
    message.out = own.out;
  }
  own.in.clear();
  own.out.clear();
  own.asked = false;
  own.refresh_at = now + kRefresh;
  owner_.announce_presence(name, encode_presence(message));
}

void Presence::ask(const std::string& name, const std::string& server) {
  owner_.announce_presence(name, encode_presence({.server = server_, .ask = server}));
}

// --- the others ---

void Presence::receive(const std::string& name, std::string_view text, Time now) {
  const auto found = rooms_.find(name);
  if (found == rooms_.end()) return;
  const auto message = decode_presence(text);
  if (!message || message->server == server_) return;
  Room& room = found->second;
  if (message->ask) {
    if (message->ask->empty() || *message->ask == server_) room.own.asked = true;
    return;
  }
  hear(name, room, *message, now);
}

void Presence::hear(const std::string& name, Room& room, const PresenceMessage& message, Time now) {
  if (!room.others.contains(message.server) && room.others.size() >= kServersMax) return;
  Other& other = room.others[message.server];
  other.expires_at = now + kExpiry;
  other.count = message.count;
  apply(name, other, message, !young(name, now));
  if (!other.known && !other.crowd) ask(name, message.server);
  if (other.count == 0 && other.people.empty()) room.others.erase(message.server);
}

void Presence::apply(const std::string& name, Other& other, const PresenceMessage& message,
                     bool is_news) {
  other.crowd = message.crowd;
  const bool is_change = !message.in.empty() || !message.out.empty();
  if (message.crowd) {
    other.people.clear();  // too many to take leave of
    other.known = false;
  } else if (message.all) {
    replace(name, other, *message.all, is_news);
    other.known = true;
  } else if (is_change && other.known && message.version == other.version + 1) {
    for (const std::string& client : message.out) {
      const auto found = other.people.find(client);
      if (found == other.people.end()) continue;
      const Person person{found->first, found->second};
      other.people.erase(found);
      owner_.somebody_left(name, person);
    }
    for (const Person& person : message.in) {
      if (other.people.size() >= kNamesMax) break;
      if (other.people.emplace(person.client, person.name).second) {
        owner_.somebody_came(name, person);
      }
    }
  } else if (is_change || message.version != other.version) {
    other.known = false;
  }
  other.version = message.version;
}

void Presence::replace(const std::string& name, Other& other, const std::vector<Person>& people,
                       bool is_news) {
  People now;
  for (const Person& person : people) now.emplace(person.client, person.name);
  const People before = std::exchange(other.people, now);
  for (const auto& [client, person] : before) {
    if (!now.contains(client)) owner_.somebody_left(name, {client, person});
  }
  for (const auto& [client, person] : now) {
    if (is_news && !before.contains(client)) owner_.somebody_came(name, {client, person});
  }
}

void Presence::expire(const std::string& name, Room& room, Time now) {
  for (auto other = room.others.begin(); other != room.others.end();) {
    if (other->second.expires_at > now) {
      ++other;
      continue;
    }
    replace(name, other->second, {}, true);
    other = room.others.erase(other);
  }
}

// --- time ---

void Presence::bus_changed(bool up, Time now) {
  bus_is_up_ = up;
  if (!up) return;
  for (auto& [name, room] : rooms_) {
    for (auto& [server, other] : room.others) other.expires_at = now + kExpiry;
  }
  met();
}

void Presence::met() {
  for (auto& [name, room] : rooms_) {
    room.own.asked = true;
    ask(name, {});
  }
}

void Presence::check_time(Time now) {
  for (auto& [name, room] : rooms_) {
    let_go(name, room.own, now);
    Own& own = room.own;
    bool has_news = !own.in.empty() || !own.out.empty();
    if (!bus_is_up_) {
      // It all goes into the whole list that is told afterwards.
      own.version += has_news ? 1 : 0;
      own.in.clear();
      own.out.clear();
      continue;
    }
    expire(name, room, now);
    has_news = has_news || own.asked;
    if (has_news || now >= own.refresh_at) tell(name, own, now);
  }
}

std::optional<std::vector<Person>> Presence::people(const std::string& name) const {
  const auto found = rooms_.find(name);
  std::vector<Person> all;
  if (found == rooms_.end()) return all;
  if (count(name) > kNamesMax) return std::nullopt;
  const auto add = [&](const People& people) {
    for (const auto& [client, person] : people) all.push_back({client, person});
  };
  add(found->second.own.people);
  for (const auto& [server, other] : found->second.others) add(other.people);
  return all;
}

std::size_t Presence::count(const std::string& name) const {
  const auto found = rooms_.find(name);
  if (found == rooms_.end()) return 0;
  std::size_t total = found->second.own.people.size();
  for (const auto& [server, other] : found->second.others) total += other.count;
  return total;
}

std::size_t Presence::entries() const {
  std::size_t total = 0;
  for (const auto& [name, room] : rooms_) {
    total += room.own.people.size();
    for (const auto& [server, other] : room.others) total += other.people.size();
  }
  return total;
}

}  // namespace parley::chat
