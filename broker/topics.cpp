#include "broker/topics.h"

#include "broker/client.h"

namespace parley::broker {

Topic* Topics::find(std::string_view name) const {
  const auto found = topics_.find(name);
  return found == topics_.end() ? nullptr : found->second.get();
}

Topic& Topics::find_or_create(std::string_view name) {
  if (Topic* topic = find(name)) return *topic;
  auto topic = std::make_unique<Topic>();
  topic->name = name;
  Topic& created = *topic;
  topics_.emplace(created.name, std::move(topic));
  return created;
}

bool Topics::holds(const Client& client, Topic& topic) const {
  return client.held(kind_).contains(&topic);
}

void Topics::add(Topic& topic, Client& client) {
  client.held(kind_).emplace(&topic, static_cast<std::uint32_t>(topic.subscribers.size()));
  topic.subscribers.push_back(&client);
}

void Topics::remove(Topic& topic, Client& client) {
  Held& held = client.held(kind_);
  const auto mine = held.find(&topic);
  const std::uint32_t place = mine->second;
  held.erase(mine);
  Client* last = topic.subscribers.back();
  topic.subscribers.pop_back();
  if (last != &client) {
    topic.subscribers[place] = last;
    last->held(kind_)[&topic] = place;
  }
  if (topic.subscribers.empty()) forget(topic);
}

}  // namespace parley::broker
