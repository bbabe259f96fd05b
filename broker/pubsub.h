#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "broker/pattern_trie.h"
#include "broker/top_topics.h"
#include "broker/topics.h"
#include "common/loop.h"
#include "common/resp_writer.h"

namespace parley::broker {

/// Publish/subscribe: who subscribes to what, and the delivery of each message. A client gets what
/// is published in the order of publishing; all subscribers of a channel see one order.
class PubSub {
 public:
  explicit PubSub(Loop& loop);

  enum class Subscribed {
    kYes,
    kHeldAlready,
    kPatternTooLong,   // over kPatternBytesMax
    kPatternTooCostly  // with the patterns there are, a publish could take too long
  };
  static constexpr std::size_t kPatternBytesMax = 8192;

  Subscribed subscribe(Client& client, TopicKind kind, std::string_view name);
  /// False if it did not hold it.
  bool unsubscribe(Client& client, TopicKind kind, std::string_view name);
  /// Takes the client out of at most `budget` topics. True when it holds none any more.
  bool drop(Client& client, std::size_t budget);

  /// Delivers to the subscribers of the channel, then to those of each matching pattern. Returns
  /// the number of deliveries; nothing, and nobody got it, if the name is so long and the patterns
  /// so many that finding those which match would stop everybody.
  std::optional<std::size_t> publish(std::string_view channel, std::string_view message);
  /// publish() in two steps, for who has something to do between them: match() says whether it
  /// would publish; then publish_matched() delivers to that channel.
  bool match(std::string_view channel);
  std::size_t publish_matched(std::string_view channel, std::string_view message);
  std::size_t publish_to_shard(std::string_view channel, std::string_view message);

  const Topics& topics(TopicKind kind) const { return topics_[static_cast<std::size_t>(kind)]; }
  /// The busiest channels first; see TopTopics.
  std::vector<const Topic*> busiest(std::size_t count) const { return top_.busiest(count); }
  /// Clients with at least one subscription of any kind.
  std::size_t subscribed_clients() const { return subscribed_clients_; }
  std::uint64_t deliveries() const { return deliveries_; }

 private:
  // One message as frames, made when the first subscriber of each protocol needs it. Every kind of
  // frame has a writer for each protocol, so that the frames of a hot channel lie side by side.
  struct Frames {
    FrameWriter resp2;
    FrameWriter resp3;
  };
  template <class Encode>
  void deliver(const Topic& topic, Frames& frames, Encode encode);

  Topics& mutable_topics(TopicKind kind) { return topics_[static_cast<std::size_t>(kind)]; }
  void remove(Client& client, TopicKind kind, Topic& topic);
  void count(Topic& topic, TopicKind kind, std::string_view message);
  std::size_t publish_to(TopicKind kind, std::string_view channel, std::string_view message);
  std::size_t publish_to_matches(std::string_view channel, std::string_view message);

  Loop& loop_;
  Topics topics_[kTopicKinds];
  TopTopics top_;
  PatternTrie patterns_;
  Matches matches_;
  Frames messages_;
  Frames pattern_messages_;
  std::size_t subscribed_clients_ = 0;
  std::uint64_t deliveries_ = 0;
};

}  // namespace parley::broker
