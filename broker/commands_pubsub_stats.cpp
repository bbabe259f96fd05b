#include <chrono>

#include "broker/broker.h"
#include "broker/commands.h"

// Extensions of PUBSUB that Redis does not have: what happens on a channel.
namespace parley::broker {

namespace {

constexpr std::int64_t kTopDefault = 10;

void write_pair(resp::Writer& reply, std::string_view name, std::uint64_t value) {
  reply.bulk(name);
  reply.integer(static_cast<std::int64_t>(value));
}

// A channel that nobody subscribes to has no statistics: all zero, never active.
void write_statistics(Call& call, const Topic& topic) {
  using namespace std::chrono;
  const bool never = topic.active_at == steady_clock::time_point{};
  const auto idle = duration_cast<seconds>(call.broker.loop().now() - topic.active_at);
  call.reply.map(5);
  write_pair(call.reply, "subscribers", topic.subscribers.size());
  write_pair(call.reply, "published", topic.published);
  write_pair(call.reply, "delivered", topic.delivered);
  write_pair(call.reply, "bytes", topic.bytes_delivered);
  call.reply.bulk("idle");
  call.reply.integer(never ? -1 : idle.count());
}

}  // namespace

void run_pubsub_stats(Call& call) {
  const Topic* topic = call.broker.pubsub().topics(TopicKind::kChannel).find(call.args[2]);
  write_statistics(call, topic ? *topic : Topic{});
}

void run_pubsub_top(Call& call) {
  std::int64_t count = kTopDefault;
  if (call.args.size() > 2 && (!resp::parse_integer(call.args[2], count) || count < 0)) {
    call.reply.error("ERR value is not an integer or out of range");
    return;
  }
  const auto topics = call.broker.pubsub().busiest(static_cast<std::size_t>(count));
  call.reply.map(topics.size());
  for (const Topic* topic : topics) {
    call.reply.bulk(topic->name);
    write_statistics(call, *topic);
  }
}

}  // namespace parley::broker
