#include "broker/broker.h"
#include "broker/commands.h"
#include "broker/glob.h"

namespace parley::broker {

namespace {

// The words of one kind of topic on the wire.
struct TopicWords {
  std::string_view subscribe;
  std::string_view unsubscribe;
};

constexpr TopicWords kTopicWords[kTopicKinds] = {
    {"subscribe", "unsubscribe"}, {"ssubscribe", "sunsubscribe"}, {"psubscribe", "punsubscribe"}};

const TopicWords& words_of(TopicKind kind) {
  return kTopicWords[static_cast<std::size_t>(kind)];
}

std::size_t count(const Client& client, TopicKind kind) {
  return kind == TopicKind::kShard ? client.held(kind).size() : client.subscriptions();
}

// The frame that confirms one (un)subscription; it is a reply and a push in one.
void confirm(Call& call, std::string_view word, const std::string_view* name, std::size_t count) {
  std::string frame;
  resp::Writer writer(frame, call.client.session().protocol);
  writer.push(3);
  writer.bulk(word);
  name ? writer.bulk(*name) : writer.null_bulk();
  writer.integer(static_cast<std::int64_t>(count));
  call.client.confirm(frame);
}

std::string refusal(PubSub::Subscribed outcome, std::string_view pattern) {
  if (outcome == PubSub::Subscribed::kPatternTooLong) {
    return "ERR the pattern has " + std::to_string(pattern.size()) + " bytes, the limit is " +
           std::to_string(PubSub::kPatternBytesMax);
  }
  return "ERR with this pattern, finding the patterns that match a channel would take too long: "
         "use fewer stars";
}

void subscribe(Call& call, TopicKind kind) {
  const std::size_t most = call.broker.options().limits.subscriptions_max;
  for (std::size_t i = 1; i < call.args.size(); ++i) {
    const std::string_view name = call.args[i];
    if (call.client.subscriptions() + call.client.held(TopicKind::kShard).size() >= most) {
      call.reply.error("ERR this client has " + std::to_string(most) +
                       " subscriptions, which is the limit");
      return;
    }
    const auto outcome = call.broker.pubsub().subscribe(call.client, kind, name);
    if (outcome != PubSub::Subscribed::kYes && outcome != PubSub::Subscribed::kHeldAlready) {
      call.reply.error(refusal(outcome, name));
      return;
    }
    confirm(call, words_of(kind).subscribe, &name, count(call.client, kind));
  }
}

void unsubscribe_all(Call& call, TopicKind kind) {
  const Held& held = call.client.held(kind);
  if (held.empty()) {
    confirm(call, words_of(kind).unsubscribe, nullptr, count(call.client, kind));
    return;
  }
  std::vector<std::string> names;
  for (const auto& entry : held) names.push_back(entry.first->name);
  for (const std::string_view name : names) {
    call.broker.pubsub().unsubscribe(call.client, kind, name);
    confirm(call, words_of(kind).unsubscribe, &name, count(call.client, kind));
  }
}

void unsubscribe(Call& call, TopicKind kind) {
  if (call.args.size() == 1) {
    unsubscribe_all(call, kind);
    return;
  }
  for (std::size_t i = 1; i < call.args.size(); ++i) {
    const std::string_view name = call.args[i];
    call.broker.pubsub().unsubscribe(call.client, kind, name);
    confirm(call, words_of(kind).unsubscribe, &name, count(call.client, kind));
  }
}

void list_topics(Call& call, TopicKind kind) {
  if (call.args.size() > 3) {
    call.reply.error("ERR unknown subcommand or wrong number of arguments for '" +
                     std::string(call.args[1]) + "'. Try PUBSUB HELP.");
    return;
  }
  const bool all = call.args.size() == 2;
  std::vector<std::string_view> names;
  call.broker.pubsub().topics(kind).for_each([&](const Topic& topic) {
    if (all || glob_match(call.args[2], topic.name)) names.push_back(topic.name);
  });
  call.reply.array(names.size());
  for (std::string_view name : names) call.reply.bulk(name);
}

void count_subscribers(Call& call, TopicKind kind) {
  call.reply.array(2 * (call.args.size() - 2));
  for (std::size_t i = 2; i < call.args.size(); ++i) {
    const Topic* topic = call.broker.pubsub().topics(kind).find(call.args[i]);
    call.reply.bulk(call.args[i]);
    call.reply.integer(topic ? static_cast<std::int64_t>(topic->subscribers.size()) : 0);
  }
}

}  // namespace

void run_subscribe(Call& call) {
  subscribe(call, TopicKind::kChannel);
}
void run_psubscribe(Call& call) {
  subscribe(call, TopicKind::kPattern);
}
void run_ssubscribe(Call& call) {
  if (!call.may_block) {  // Redis refuses only this one of the three in a transaction
    call.reply.error("ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client");
    return;
  }
  subscribe(call, TopicKind::kShard);
}
void run_unsubscribe(Call& call) {
  unsubscribe(call, TopicKind::kChannel);
}
void run_punsubscribe(Call& call) {
  unsubscribe(call, TopicKind::kPattern);
}
void run_sunsubscribe(Call& call) {
  unsubscribe(call, TopicKind::kShard);
}

void run_publish(Call& call) {
  const auto receivers = call.broker.pubsub().publish(call.args[1], call.args[2]);
  if (receivers) {
    call.reply.integer(static_cast<std::int64_t>(*receivers));
  } else {
    call.reply.error(
        "ERR the name of the channel is too long for the patterns that are subscribed to; the "
        "message was not delivered");
  }
}

void run_spublish(Call& call) {
  const std::size_t receivers = call.broker.pubsub().publish_to_shard(call.args[1], call.args[2]);
  call.reply.integer(static_cast<std::int64_t>(receivers));
}

void run_pubsub_channels(Call& call) {
  list_topics(call, TopicKind::kChannel);
}
void run_pubsub_shardchannels(Call& call) {
  list_topics(call, TopicKind::kShard);
}
void run_pubsub_numsub(Call& call) {
  count_subscribers(call, TopicKind::kChannel);
}
void run_pubsub_shardnumsub(Call& call) {
  count_subscribers(call, TopicKind::kShard);
}

void run_pubsub_numpat(Call& call) {
  const auto patterns = call.broker.pubsub().topics(TopicKind::kPattern).size();
  call.reply.integer(static_cast<std::int64_t>(patterns));
}

}  // namespace parley::broker
