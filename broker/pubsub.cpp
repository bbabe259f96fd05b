#include "broker/pubsub.h"

#include "broker/client.h"

namespace parley::broker {

using resp::BulkHeader;
using resp::Protocol;

namespace {

constexpr std::string_view kEnd = "\r\n";

}  // namespace

PubSub::PubSub(ChunkPool& chunks)
    : topics_{Topics(TopicKind::kChannel), Topics(TopicKind::kShard), Topics(TopicKind::kPattern)},
      patterns_(PatternLimits{.pattern_bytes_max = kPatternBytesMax}),
      messages_{FrameWriter(chunks), FrameWriter(chunks)},
      pattern_messages_{FrameWriter(chunks), FrameWriter(chunks)} {}

PubSub::Subscribed PubSub::subscribe(Client& client, TopicKind kind, std::string_view name) {
  Topics& topics = mutable_topics(kind);
  Topic& topic = topics.find_or_create(name);
  if (topics.holds(client, topic)) return Subscribed::kHeldAlready;
  if (kind == TopicKind::kPattern && topic.subscribers.empty()) {
    const auto inserted = patterns_.insert(name, &topic);
    if (inserted != PatternTrie::Inserted::kYes) {
      topics.forget(topic);
      return inserted == PatternTrie::Inserted::kPatternTooLong ? Subscribed::kPatternTooLong
                                                                : Subscribed::kPatternTooCostly;
    }
  }
  if (!client.subscribed()) ++subscribed_clients_;
  topics.add(topic, client);
  return Subscribed::kYes;
}

bool PubSub::unsubscribe(Client& client, TopicKind kind, std::string_view name) {
  Topics& topics = mutable_topics(kind);
  Topic* topic = topics.find(name);
  if (topic == nullptr || !topics.holds(client, *topic)) return false;
  remove(client, kind, *topic);
  return true;
}

void PubSub::remove(Client& client, TopicKind kind, Topic& topic) {
  if (kind == TopicKind::kPattern && topic.subscribers.size() == 1) {
    patterns_.erase(topic.name, &topic);
  }
  mutable_topics(kind).remove(topic, client);
  if (!client.subscribed()) --subscribed_clients_;
}

bool PubSub::drop(Client& client, std::size_t budget) {
  for (const auto kind : {TopicKind::kChannel, TopicKind::kShard, TopicKind::kPattern}) {
    Held& held = client.held(kind);
    while (!held.empty()) {
      if (budget-- == 0) return false;
      remove(client, kind, *held.begin()->first);
    }
  }
  return true;
}

std::optional<std::size_t> PubSub::publish(std::string_view channel, std::string_view message) {
  matches_.clear();
  if (!patterns_.match(channel, matches_)) return std::nullopt;
  const Topic* topic = topics(TopicKind::kChannel).find(channel);
  const std::size_t direct = publish_to(topic, "message", channel, message);
  return direct + publish_to_matches(channel, message);
}

std::size_t PubSub::publish_to_shard(std::string_view channel, std::string_view message) {
  return publish_to(topics(TopicKind::kShard).find(channel), "smessage", channel, message);
}

// `encode(writer, first)` writes the frame that begins with `first`.
template <class Encode>
void PubSub::deliver(const Topic& topic, Frames& frames, Encode encode) {
  Frame resp2;
  Frame resp3;
  for (Client* client : topic.subscribers) {
    const bool is_resp3 = client->session().protocol == Protocol::kResp3;
    Frame& frame = is_resp3 ? resp3 : resp2;
    if (frame.chunk == nullptr) {
      frame = is_resp3 ? encode(frames.resp3, ">") : encode(frames.resp2, "*");
    }
    client->deliver(frame);
  }
  deliveries_ += topic.subscribers.size();
}

std::size_t PubSub::publish_to(const Topic* topic, std::string_view kind, std::string_view channel,
                               std::string_view message) {
  if (topic == nullptr) return 0;
  deliver(*topic, messages_, [&](FrameWriter& writer, std::string_view first) {
    return writer.write({first, "3\r\n", BulkHeader(kind.size()), kind, kEnd,
                         BulkHeader(channel.size()), channel, kEnd, BulkHeader(message.size()),
                         message, kEnd});
  });
  return topic->subscribers.size();
}

std::size_t PubSub::publish_to_matches(std::string_view channel, std::string_view message) {
  std::size_t receivers = 0;
  for (const Topic* pattern : matches_) {
    deliver(*pattern, pattern_messages_, [&](FrameWriter& writer, std::string_view first) {
      return writer.write({first, "4\r\n$8\r\npmessage\r\n", BulkHeader(pattern->name.size()),
                           pattern->name, kEnd, BulkHeader(channel.size()), channel, kEnd,
                           BulkHeader(message.size()), message, kEnd});
    });
    receivers += pattern->subscribers.size();
  }
  return receivers;
}

}  // namespace parley::broker
