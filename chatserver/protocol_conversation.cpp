#include "chatserver/protocol_conversation.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <random>

#include "chatserver/identifier.h"
#include "chatserver/names.h"
#include "common/program.h"

namespace parley::chat {

using nlohmann::json;

namespace {

std::string string_member(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool bool_member(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_boolean() && found->get<bool>();
}

std::int64_t integer_member(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

std::uint64_t offset_member(const json& object) {
  const auto found = object.find("offset");
  return found != object.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

// A bit of a subscribe command's `flag`: an error rather than a subscription with a gap.
constexpr std::int64_t kErrorIfNotRecovered = 2;

// Streams only: no maps, no shared polls.
bool is_of_another_kind(const json& request) {
  const auto type = request.find("type");
  return type != request.end() && *type != 0;
}

// As much as those get who come back to a room; the answer to one command must not be what makes a
// client slow. One at least, so that a reader gets on.
std::vector<std::string_view> first_ones(const std::vector<std::string>& publications) {
  std::vector<std::string_view> first;
  std::size_t bytes = 0;
  for (const std::string& publication : publications) {
    bytes += publication.size();
    if (!first.empty() && bytes > RoomTail::kBytesMax) break;
    first.emplace_back(publication);
  }
  return first;
}

// Spreads the first pings of clients that connected at the same time.
std::chrono::milliseconds first_ping_delay(const std::string& client,
                                           std::chrono::milliseconds interval) {
  const auto half = interval / 2;
  const auto spread = static_cast<std::size_t>(half.count());
  return half + std::chrono::milliseconds(std::hash<std::string>{}(client) % spread);
}

}  // namespace

const ProtocolConversation::Method ProtocolConversation::kMethods[] = {
    {"connect", &ProtocolConversation::connect},
    {"subscribe", &ProtocolConversation::subscribe},
    {"unsubscribe", &ProtocolConversation::unsubscribe},
    {"publish", &ProtocolConversation::publish},
    {"send", &ProtocolConversation::send},
    {"history", &ProtocolConversation::history},
    {"presence", &ProtocolConversation::presence},
    {"presence_stats", &ProtocolConversation::presence_stats},
    {"rpc", &ProtocolConversation::rpc},
    {"refresh", &ProtocolConversation::answer_not_available},
    {"sub_refresh", &ProtocolConversation::answer_not_available},
};

ProtocolConversation::ProtocolConversation(Wire& wire, Rooms& rooms, const ClientRules& rules)
    : wire_(wire),
      rooms_(rooms),
      author_{random_uuid(), {}},
      rate_(rules.messages_per_second),
      ping_interval_(rules.ping_interval) {}

ProtocolConversation::~ProtocolConversation() {
  rooms_.unwatch(*this);
}

void ProtocolConversation::open() {
  opened_at_ = wire_.writer().loop().now();
}

void ProtocolConversation::end() {
  ended_ = true;
  subscriptions_.clear();
}

void ProtocolConversation::disconnect(const Disconnect& disconnect) {
  end();
  wire_.close(disconnect.code, disconnect.reason);
}

void ProtocolConversation::check_time(Time now) {
  if (ended_) return;
  if (!connected_) {
    if (now - opened_at_ > kConnectTimeout) disconnect(kStale);
  } else if (ping_unanswered_) {
    if (now - (next_ping_at_ - ping_interval_) > kPongTimeout) disconnect(kNoPong);
  } else if (now >= next_ping_at_) {
    ping_unanswered_ = true;
    next_ping_at_ = now + ping_interval_;
    wire_.send("{}");
  }
  if (may_wait_ && !ended_) refuse_late(now);
}

void ProtocolConversation::refuse_late(Time now) {
  may_wait_ = false;
  for (auto next = subscriptions_.begin(); next != subscriptions_.end();) {
    const auto subscription = next++;
    const Subscription& asked = subscription->second;
    if (asked.unanswered == 0) continue;
    if (now - asked.asked_at <= kAnswerTimeout) {
      may_wait_ = true;
      continue;
    }
    wire_.send(error_text(asked.unanswered, kInternalError, "the room cannot be opened now"));
    subscriptions_.erase(subscription);
  }
}

// --- taking commands apart ---

void ProtocolConversation::receive(std::string_view message, bool is_text) {
  if (!is_text) {
    disconnect(kWrongForm);
    return;
  }
  if (message.ends_with('\n')) message.remove_suffix(1);
  while (!ended_) {
    const std::size_t end = message.find('\n');
    receive_line(message.substr(0, end));
    // An answer can be some thousand times as long as its command: whoever does not read them is
    // found out here, not when all are in memory.
    if (wire_.writer().outbox().bytes() > kUnsentAnswersMax) wire_.writer().flush();
    if (end == std::string_view::npos) return;
    message.remove_prefix(end + 1);
  }
}

void ProtocolConversation::receive_line(std::string_view line) {
  const auto command = parse_json(line);
  if (!command || !command->is_object()) {
    disconnect(kBadProtocol);
  } else {
    run(*command);
  }
}

void ProtocolConversation::run(const json& command) {
  const auto id_member = command.find("id");
  const bool has_id = id_member != command.end();
  if (has_id &&
      (!id_member->is_number_unsigned() || id_member->get<std::uint64_t>() > UINT32_MAX)) {
    disconnect(kBadProtocol);
    return;
  }
  const std::uint32_t id = has_id ? id_member->get<std::uint32_t>() : 0;
  if (id == 0 && !command.contains("send")) {
    ping_unanswered_ = false;
    return;
  }
  for (const Method& method : kMethods) {
    const auto request = command.find(method.name);
    if (request == command.end()) continue;
    const bool allowed = connected_ != (method.run == &ProtocolConversation::connect);
    if (!allowed || !request->is_object()) break;
    (this->*method.run)(id, *request);
    return;
  }
  disconnect(kBadProtocol);
}

std::string ProtocolConversation::channel_of(const json& request) {
  std::string channel = string_member(request, "channel");
  if (channel.empty()) disconnect(kBadProtocol);
  return channel;
}

// --- commands ---

void ProtocolConversation::connect(std::uint32_t id, const json& request) {
  const auto data = request.find("data");
  std::string name = data != request.end() && data->is_object() ? string_member(*data, "name") : "";
  if (name.empty()) name = guest_name();
  const std::string error = person_name_error(name);
  if (!error.empty()) {
    wire_.send(error_text(id, kBadRequest, error));
    return;
  }
  author_.name = std::move(name);
  connected_ = true;
  next_ping_at_ = wire_.writer().loop().now() + first_ping_delay(author_.client, ping_interval_);
  wire_.send(reply_text(id, "connect",
                        {{"client", author_.client},
                         {"version", kVersion},
                         {"ping", ping_interval_.count()},
                         {"pong", true},
                         {"data", {{"name", author_.name}}}}));
  rooms_.watch(*this);
  if (!rooms_.bus().up()) bus_changed(false);
}

void ProtocolConversation::subscribe(std::uint32_t id, const json& request) {
  const std::string channel = channel_of(request);
  if (channel.empty()) return;
  const std::string name_error = room_name_error(channel);
  if (!name_error.empty()) {
    wire_.send(error_text(id, kBadRequest, name_error));
    return;
  }
  const ProtocolError* error = is_of_another_kind(request)          ? &kNotAvailable
                               : request.contains("tf")             ? &kBadRequest  // by tag
                               : subscriptions_.contains(channel)   ? &kAlreadySubscribed
                               : subscriptions_.size() >= kRoomsMax ? &kLimitExceeded
                               // A room that nobody knew costs the bus memory.
                               : !rate_.allow(wire_.writer().loop().now()) ? &kTooManyRequests
                                                                           : nullptr;
  if (error) {
    wire_.send(error_text(id, *error));
    return;
  }
  Subscription& subscription = subscriptions_[channel];
  subscription.unanswered = id;
  subscription.asked_at = wire_.writer().loop().now();
  may_wait_ = true;
  Member::Owner& owner = *this;
  subscription.member = std::make_unique<Member>(rooms_, wire_.writer(), WireForm::kJson, owner);
  Joining joining;
  joining.hears_of_people = bool_member(request, "join_leave");
  if (bool_member(request, "recover")) {
    subscription.recovers = true;
    subscription.since = offset_member(request);
    joining.since = Position{string_member(request, "epoch"), subscription.since};
    joining.or_not_at_all = (integer_member(request, "flag") & kErrorIfNotRecovered) != 0;
  }
  rooms_.join(channel, *subscription.member, std::move(joining));
}

void ProtocolConversation::joined(Member& member, const Joined& joined) {
  const auto found = subscriptions_.find(std::string(member.room()));
  Subscription& subscription = found->second;
  const std::uint32_t id = std::exchange(subscription.unanswered, 0);
  if (joined.refused) {
    wire_.send(error_text(id, kUnrecoverable));
    subscriptions_.erase(found);
    return;
  }
  json result = json::object();
  if (subscription.recovers) result["was_recovering"] = true;
  if (joined.keeps_history) {
    result["recoverable"] = true;
    result["positioned"] = true;
    result["epoch"] = joined.position.epoch;
    result["offset"] = joined.recovered ? subscription.since : joined.position.offset;
    if (joined.recovered) result["recovered"] = true;
  }
  if (id == 0) return;
  if (joined.recovered) {
    wire_.send_missed(
        reply_of_json(id, "subscribe", with_publications(result, joined.publications)));
  } else {
    wire_.send(reply_of_json(id, "subscribe", result.dump()));
  }
}

void ProtocolConversation::lost(Member& member) {
  const auto found = std::ranges::find_if(subscriptions_, [&](const auto& subscription) {
    return subscription.second.member.get() == &member;
  });
  wire_.send(unsubscribe_push(found->first, kInsufficientState));
  subscriptions_.erase(found);
}

// Succeeds whatever was before: an error would make SDKs drop the connection. A subscribe that is
// still in progress gets its answer first, because every command gets one.
void ProtocolConversation::unsubscribe(std::uint32_t id, const json& request) {
  const std::string channel = channel_of(request);
  if (channel.empty()) return;
  const auto found = subscriptions_.find(channel);
  if (found != subscriptions_.end()) {
    const std::uint32_t unanswered = found->second.unanswered;
    if (unanswered != 0) wire_.send(reply_text(unanswered, "subscribe", json::object()));
    subscriptions_.erase(found);
  }
  wire_.send(reply_text(id, "unsubscribe", json::object()));
}

void ProtocolConversation::publish(std::uint32_t id, const json& request) {
  const std::string channel = channel_of(request);
  if (channel.empty()) return;
  const std::string name_error = room_name_error(channel);
  const auto data = request.find("data");
  if (!name_error.empty() || data == request.end()) {
    rooms_.count_bad_request();
    wire_.send(error_text(id, kBadRequest, name_error));
    return;
  }
  if (request.contains("key") || is_of_another_kind(request)) {
    wire_.send(error_text(id, kNotAvailable));
    return;
  }
  if (!rate_.allow(wire_.writer().loop().now())) {
    rooms_.count_too_fast();
    wire_.send(error_text(id, kTooManyRequests));
    return;
  }
  const std::weak_ptr<char> alive = alive_;
  auto done = [this, alive, id](const BusError& error, const Position&) {
    if (alive.expired()) return;
    --unanswered_;
    if (ended_) return;
    wire_.send(error ? error_text(id, kInternalError, error.text)
                     : reply_text(id, "publish", json::object()));
  };
  ++unanswered_;
  const std::string message_id = message_id_of(*data);
  const std::string payload = encode_publication(*data, author_, wall_clock_ms());
  rooms_.publish(channel, message_id, payload, std::move(done));
}

std::string ProtocolConversation::room_with_history(std::uint32_t id, const json& request) {
  std::string channel = channel_of(request);
  if (channel.empty()) return channel;
  const std::string name_error = room_name_error(channel);
  if (name_error.empty() && !in_namespace(channel)) return channel;
  wire_.send(name_error.empty() ? error_text(id, kNotAvailable)
                                : error_text(id, kBadRequest, name_error));
  return {};
}

bool ProtocolConversation::asks_too_fast(std::uint32_t id) {
  if (rate_.allow(wire_.writer().loop().now())) return false;
  wire_.send(error_text(id, kTooManyRequests));
  return true;
}

void ProtocolConversation::history(std::uint32_t id, const json& request) {
  if (asks_too_fast(id)) return;
  const std::string channel = room_with_history(id, request);
  if (channel.empty()) return;
  HistoryRequest wanted;
  std::string epoch;
  wanted.newest_first = bool_member(request, "reverse");
  const std::int64_t limit = integer_member(request, "limit");
  wanted.limit =
      limit < 0 ? kPublicationsMax : std::min(static_cast<std::size_t>(limit), kPublicationsMax);
  const auto since = request.find("since");
  if (since != request.end() && since->is_object()) {
    wanted.since = offset_member(*since);
    epoch = string_member(*since, "epoch");
  }
  if (wanted.newest_first && wanted.since == 0) {
    wire_.send(error_text(id, kBadRequest, "reverse needs an offset greater than 0 in since"));
    return;
  }
  const std::weak_ptr<char> alive = alive_;
  rooms_.read_history(
      channel, wanted,
      [this, alive, id, epoch](const BusError& error, const Rooms::History& found) {
        if (alive.expired() || ended_) return;
        if (error) {
          wire_.send(error_text(id, kInternalError, error.text));
        } else if (!epoch.empty() && epoch != found.top.epoch) {
          wire_.send(error_text(id, kUnrecoverable));
        } else {
          const json members = {{"epoch", found.top.epoch}, {"offset", found.top.offset}};
          wire_.send(reply_of_json(id, "history",
                                   with_publications(members, first_ones(found.publications))));
        }
      });
}

void ProtocolConversation::presence(std::uint32_t id, const json& request) {
  if (asks_too_fast(id)) return;
  const std::string channel = room_with_history(id, request);
  if (channel.empty()) return;
  const std::weak_ptr<char> alive = alive_;
  rooms_.when_people_are_known(channel, [this, alive, id, channel] {
    if (!alive.expired() && !ended_) answer_presence(id, channel);
  });
}

void ProtocolConversation::answer_presence(std::uint32_t id, const std::string& channel) {
  const auto people = rooms_.people(channel);
  if (!people) {
    wire_.send(error_text(id, kNotAvailable, "a crowd has no names; presence_stats counts it"));
    return;
  }
  json clients = json::object();
  for (const Person& person : *people) clients[person.client] = client_info(person);
  wire_.send(reply_text(id, "presence", {{"presence", std::move(clients)}}));
}

// All are anonymous, and so one user.
void ProtocolConversation::presence_stats(std::uint32_t id, const json& request) {
  if (asks_too_fast(id)) return;
  const std::string channel = room_with_history(id, request);
  if (channel.empty()) return;
  const std::size_t clients = rooms_.count(channel);
  wire_.send(reply_text(id, "presence_stats",
                        {{"num_clients", clients}, {"num_users", clients > 0 ? 1 : 0}}));
}

void ProtocolConversation::rpc(std::uint32_t id, const json& request) {
  if (asks_too_fast(id)) return;
  const std::string method = string_member(request, "method");
  json data;
  if (method == "rooms") {
    data["rooms"] = json::array();
    for (const auto& [name, members] : rooms_.busiest()) {
      data["rooms"].push_back({{"name", name}, {"members", members}});
    }
  } else if (method == "server") {
    data = {{"name", "parley-chat"}, {"version", kVersion}, {"time", wall_clock_ms()}};
  } else {
    wire_.send(error_text(id, kMethodNotFound));
    return;
  }
  wire_.send(reply_text(id, "rpc", {{"data", std::move(data)}}));
}

void ProtocolConversation::send(std::uint32_t, const json&) {
  disconnect(kSendNotAvailable);
}

void ProtocolConversation::answer_not_available(std::uint32_t id, const json&) {
  wire_.send(error_text(id, kNotAvailable));
}

// A push without a channel is the server speaking.
void ProtocolConversation::bus_changed(bool up) {
  wire_.send(up ? R"({"push":{"channel":"","message":{"data":{"bus":"up"}}}})"
                : R"({"push":{"channel":"","message":{"data":{"bus":"down"}}}})");
}

}  // namespace parley::chat
