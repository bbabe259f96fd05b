#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace parley::broker {

class Client;
struct Topic;

/// What a topic can be. Each kind has names of its own.
enum class TopicKind : std::uint8_t { kChannel, kShard, kPattern };
inline constexpr std::size_t kTopicKinds = 3;

/// The topics of one kind that one client subscribes to, each with its place in the topic's list.
using Held = boost::unordered_flat_map<Topic*, std::uint32_t>;

/// Something that has subscribers: a channel, a shard channel or a pattern.
struct Topic {
  static constexpr std::uint8_t kNotInTop = UINT8_MAX;

  std::string name;
  std::vector<Client*> subscribers;

  // Counted since its first subscriber came.
  std::uint64_t published = 0;
  std::uint64_t delivered = 0;
  std::uint64_t bytes_delivered = 0;  // of payload
  std::chrono::steady_clock::time_point active_at{};
  std::uint8_t place_in_top = kNotInTop;
};

/// All topics of one kind, by name: which clients get what, and nothing of how bytes reach them.
///
/// Subscribing and unsubscribing are O(1): each client knows its place in each topic's list, and
/// the last of the list fills a hole. A topic lives as long as it has subscribers. While a list is
/// iterated nobody may subscribe or unsubscribe.
class Topics {
 public:
  explicit Topics(TopicKind kind) : kind_(kind) {}

  Topic* find(std::string_view name) const;
  Topic& find_or_create(std::string_view name);
  /// Takes back a topic that was created and got no subscriber.
  void forget(Topic& topic) { topics_.erase(topics_.find(topic.name)); }
  /// The client must not hold it yet.
  void add(Topic& topic, Client& client);
  /// The client must hold it. The topic ends with its last subscriber.
  void remove(Topic& topic, Client& client);
  bool holds(const Client& client, Topic& topic) const;

  std::size_t size() const { return topics_.size(); }

  template <class Visit>
  void for_each(Visit visit) const {
    for (const auto& entry : topics_) visit(*entry.second);
  }

 private:
  TopicKind kind_;
  boost::unordered_flat_map<std::string_view, std::unique_ptr<Topic>> topics_;
};

}  // namespace parley::broker
