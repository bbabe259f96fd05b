#include "broker/client_list.h"

#include <chrono>

#include "broker/broker.h"
#include "broker/command_table.h"
#include "common/text.h"

namespace parley::broker {

namespace {

std::int64_t seconds_since(Client::Time time) {
  const auto age = Loop::Clock::now() - time;
  return std::chrono::duration_cast<std::chrono::seconds>(age).count();
}

std::string flags_of(const Client& client, Broker& broker) {
  const Session& session = client.session();
  std::string flags;
  if (session.monitors) flags += 'O';
  if (client.subscribed()) flags += 'P';
  if (session.transaction) flags += 'x';
  if (client.blocked()) flags += 'b';
  if (broker.watches().changed(client)) flags += 'd';
  if (client.leaving()) flags += 'A';
  if (session.no_evict) flags += 'e';
  if (session.no_touch) flags += 'T';
  return flags.empty() ? "N" : flags;
}

class Line {
 public:
  Line& field(std::string_view name, std::string_view value) {
    if (!text_.empty()) text_ += ' ';
    text_.append(name).append("=").append(value);
    return *this;
  }
  Line& field(std::string_view name, std::int64_t value) {
    return field(name, std::string_view(std::to_string(value)));
  }
  Line& bytes(std::string_view name, std::size_t value) {
    return field(name, static_cast<std::int64_t>(value));
  }
  std::string end() { return std::move(text_) + "\n"; }

 private:
  std::string text_;
};

}  // namespace

std::optional<ClientType> read_client_type(std::string_view word) {
  if (equals_ignoring_case(word, "normal")) return ClientType::kNormal;
  if (equals_ignoring_case(word, "pubsub")) return ClientType::kPubsub;
  if (equals_ignoring_case(word, "replica")) return ClientType::kReplica;
  if (equals_ignoring_case(word, "slave")) return ClientType::kReplica;
  if (equals_ignoring_case(word, "master")) return ClientType::kMaster;
  return std::nullopt;
}

ClientType type_of(const Client& client) {
  return client.subscribed() ? ClientType::kPubsub : ClientType::kNormal;
}

bool ClientFilter::accepts(const Client& client) const {
  const Session& session = client.session();
  return (!id || session.id == *id) && (!type || type_of(client) == *type) &&
         (!user || *user == "default") && (!peer || session.peer == *peer) &&
         (!local || session.local == *local) &&
         (age_seconds_min == 0 || seconds_since(session.connected_at) >= age_seconds_min);
}

// The fields of Redis in Redis's order, and one of our own behind them. What it measures of its own
// buffers is given as far as it has a meaning here: one outbox, so obl is 0 and omem what waits in
// it.
std::string describe(Client& client, Broker& broker) {
  const Session& session = client.session();
  const Transaction* transaction = session.transaction.get();
  const Command* last = session.last_command;
  const std::size_t unread = client.input().bytes().size();
  const std::size_t room = client.input().capacity();
  const std::size_t queued = transaction ? transaction->bytes() : 0;
  const std::size_t unsent = client.outbox().bytes();
  return Line()
      .field("id", static_cast<std::int64_t>(session.id))
      .field("addr", session.peer)
      .field("laddr", session.local)
      .field("fd", client.descriptor())
      .field("name", session.name)
      .field("age", seconds_since(session.connected_at))
      .field("idle", seconds_since(session.active_at))
      .field("flags", flags_of(client, broker))
      .field("db", session.db)
      .bytes("sub", client.held(TopicKind::kChannel).size())
      .bytes("psub", client.held(TopicKind::kPattern).size())
      .bytes("ssub", client.held(TopicKind::kShard).size())
      .field("multi", transaction ? static_cast<std::int64_t>(transaction->size()) : -1)
      .bytes("watch", broker.watches().keys_of(client))
      .bytes("qbuf", unread)
      .bytes("qbuf-free", room > unread ? room - unread : 0)
      .bytes("argv-mem", 0)
      .bytes("multi-mem", queued)
      .bytes("rbs", 0)
      .bytes("rbp", 0)
      .bytes("obl", 0)
      .bytes("oll", client.outbox().ranges())
      .bytes("omem", unsent)
      .bytes("tot-mem", sizeof(Client) + room + queued + unsent)
      .field("events", unsent > 0 ? "rw" : "r")
      .field("cmd", last ? full_name(container_of(*last), *last) : "NULL")
      .field("user", "default")
      .field("redir", -1)
      .field("resp", static_cast<int>(session.protocol))
      .field("lib-name", session.lib_name)
      .field("lib-ver", session.lib_version)
      .field("omem-age-ms", client.backlog_age(Loop::Clock::now()).count())
      .end();
}

}  // namespace parley::broker
