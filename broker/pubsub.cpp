#include "broker/pubsub.h"

#include "broker/client.h"

namespace parley::broker {

using resp::BulkHeader;
using resp::Protocol;

namespace {

constexpr std::string_view kEnd = "\r\n";

}  // namespace

PubSub::PubSub(Loop& loop)
    : loop_(loop),
      topics_{Topics(TopicKind::kChannel), Topics(TopicKind::kShard), Topics(TopicKind::kPattern)},
      patterns_(PatternLimits{.pattern_bytes_max = kPatternBytesMax}),
      messages_{FrameWriter(loop.chunks()), FrameWriter(loop.chunks())},
      pattern_messages_{FrameWriter(loop.chunks()), FrameWriter(loop.chunks())} {}

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

void PubSub::count(Topic& topic, TopicKind kind, std::string_view message) {
  ++topic.published;
  topic.delivered += topic.subscribers.size();
  topic.bytes_delivered += topic.subscribers.size() * message.size();
  topic.active_at = loop_.now();
  if (kind == TopicKind::kChannel) top_.note(topic);
}

void PubSub::remove(Client& client, TopicKind kind, Topic& topic) {
  const bool is_last = topic.subscribers.size() == 1;
  if (is_last) top_.forget(topic);
  if (is_last && kind == TopicKind::kPattern) patterns_.erase(topic.name, &topic);
  mutable_topics(kind).remove(topic, client);
  if (!client.subscribed()) --subscribed_clients_;
}

// The topics are noted first: begin() of a table that is being emptied gets slower and slower.
bool PubSub::drop(Client& client, std::size_t budget) {
  std::vector<Topic*> leaving;
  for (const auto kind : {TopicKind::kChannel, TopicKind::kShard, TopicKind::kPattern}) {
    leaving.clear();
    for (const auto& held : client.held(kind)) {
      if (leaving.size() == budget) break;
      leaving.push_back(held.first);
    }
    for (Topic* topic : leaving) remove(client, kind, *topic);
    budget -= leaving.size();
  }
  return !client.subscribed();
}

std::optional<std::size_t> PubSub::publish(std::string_view channel, std::string_view message) {
  if (!match(channel)) return std::nullopt;
  return publish_matched(channel, message);
}

bool PubSub::match(std::string_view channel) {
  matches_.clear();
  return patterns_.match(channel, matches_);
}

std::size_t PubSub::publish_matched(std::string_view channel, std::string_view message) {
  const std::size_t direct = publish_to(TopicKind::kChannel, channel, message);
  return direct + publish_to_matches(channel, message);
}

std::size_t PubSub::publish_to_shard(std::string_view channel, std::string_view message) {
  return publish_to(TopicKind::kShard, channel, message);
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

std::size_t PubSub::publish_to(TopicKind kind, std::string_view channel, std::string_view message) {
  Topic* topic = topics(kind).find(channel);
  if (topic == nullptr) return 0;
  count(*topic, kind, message);
  const std::string_view word = kind == TopicKind::kShard ? "smessage" : "message";
  deliver(*topic, messages_, [&](FrameWriter& writer, std::string_view first) {
    return writer.write({first, "3\r\n", BulkHeader(word.size()), word, kEnd,
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
