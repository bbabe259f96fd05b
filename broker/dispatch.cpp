#include "broker/dispatch.h"

#include <chrono>

#include "broker/broker.h"
#include "broker/commands.h"
#include "broker/redis_commands.h"
#include "common/text.h"

namespace parley::broker {

namespace {

// Longest piece of a request that an error text repeats.
constexpr std::size_t kShownMax = 128;

bool is_cross_protocol(std::string_view name) {
  return equals_ignoring_case(name, "post") || equals_ignoring_case(name, "host:");
}

std::string unknown_command(const resp::Args& args) {
  std::string shown;
  for (std::size_t i = 1; i < args.size() && shown.size() < kShownMax; ++i) {
    shown += '\'';
    shown += args[i].substr(0, kShownMax - shown.size() + 1);
    shown += "' ";
  }
  std::string text = "ERR unknown command '" + std::string(args[0].substr(0, kShownMax)) +
                     "', with args beginning with: " + shown;
  if (is_redis_command(to_lower(args[0].substr(0, kShownMax)))) {
    text += "(this broker does publish/subscribe and streams, nothing else)";
  }
  return text;
}

// One request on its way through the checks.
struct Request {
  Broker& broker;
  Client& client;
  const resp::Args& args;
  resp::Writer& reply;
  const Command* container = nullptr;
  const Command* command = nullptr;

  std::string name() const { return full_name(container, *command); }
};

// A refused command spoils the transaction that it was meant for; a refused EXEC ends it.
void refuse(const Request& request, std::string error) {
  Session& session = request.client.session();
  if (request.command) request.broker.command_stats().count_rejected(*request.command);
  if (request.command && request.command->run == run_exec) {
    end_transaction(request.broker, request.client);
    if (error.starts_with("ERR ")) error.erase(0, 4);
    error.insert(0, "EXECABORT Transaction discarded because of: ");
  } else if (session.transaction) {
    session.transaction->doom();
  }
  request.broker.command_stats().count_error(error);
  request.reply.error(error);
}

// False, and the error is written, when there is no such command.
bool find(Request& request) {
  const resp::Args& args = request.args;
  const Command* command = request.broker.commands().find(args[0]);
  if (command == nullptr) {
    refuse(request, unknown_command(args));
    return false;
  }
  request.command = command;
  if (command->subcommands.empty() || args.size() < 2) return true;
  const Command* subcommand = find_subcommand(*command, args[1]);
  if (subcommand == nullptr) {
    refuse(request, "ERR unknown subcommand '" + std::string(args[1].substr(0, kShownMax)) +
                        "'. Try " + to_upper(command->name) + " HELP.");
    return false;
  }
  request.container = command;
  request.command = subcommand;
  return true;
}

bool changes_streams(const Request& request) {
  const Transaction* transaction = request.client.session().transaction.get();
  return request.command->flags & kWrite ||
         (request.command->run == run_exec && transaction && transaction->has(kWrite));
}

// The first thing that speaks against running the command; empty: nothing does.
std::string objection(const Request& request) {
  const Command& command = *request.command;
  const Session& session = request.client.session();
  if (!command.accepts(request.args.size()) || command.run == nullptr) {
    return "ERR wrong number of arguments for '" + request.name() + "' command";
  }
  if (request.broker.needs_password(request.client) && !(command.flags & kNoAuth)) {
    return "NOAUTH Authentication required.";
  }
  if (session.transaction) {
    std::string refusal = refusal_in_transaction(request.client, command, request.args);
    if (!refusal.empty()) return refusal;
  }
  if (request.client.in_subscriber_mode() && !(command.flags & kInSubscriberMode)) {
    return "ERR Can't execute '" + request.name() +
           "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this "
           "context";
  }
  return changes_streams(request) ? request.broker.why_not_writable() : std::string();
}

void note_if_slow(const Call& call, std::chrono::nanoseconds spent) {
  const Limits& limits = call.broker.options().limits;
  const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(spent);
  const bool slow = limits.slowlog_microseconds_min >= 0 &&
                    microseconds.count() >= limits.slowlog_microseconds_min;
  if (!slow || (call.command.flags & kSkipSlowlog)) return;
  call.broker.slow_log().add(call.client, call.args, microseconds, limits.slowlog_entries_max);
}

}  // namespace

void execute(Call& call) {
  Broker& broker = call.broker;
  const std::string& text = call.reply.text();
  const std::size_t begin = text.size();
  call.client.session().last_command = &call.command;
  call.command.run(call);
  const auto spent = broker.stopwatch().lap();
  ++broker.stats().commands_processed;
  const bool failed = text.size() > begin && text[begin] == '-';
  if (failed) broker.command_stats().count_error(std::string_view(text).substr(begin + 1));
  broker.command_stats().count_call(call.command, spent, failed);
  note_if_slow(call, spent);
  if (!broker.monitors().empty()) broker.monitors().show(call);
}

void dispatch(Broker& broker, Client& client, const resp::Args& args) {
  if (is_cross_protocol(args[0])) {
    client.cut("it speaks HTTP; this port speaks the Redis protocol");
    return;
  }
  Session& session = client.session();
  resp::Writer reply(broker.reply_text(), session.protocol);
  Request request{broker, client, args, reply};
  if (!find(request)) return;
  const std::string refusal = objection(request);
  if (!refusal.empty()) {
    refuse(request, refusal);
    return;
  }
  if (broker.pause().holds(*request.command, client) ||
      (changes_streams(request) && broker.disk_holds(client))) {
    client.hold();
    return;
  }
  if (session.transaction && !(request.command->flags & kNotQueued)) {
    session.transaction->queue(*request.command, args);
    reply.simple("QUEUED");
    return;
  }
  if (Loading* loading = broker.loading()) {
    const Loading::Need need = loading->look_at(client, *request.command, args);
    if (need == Loading::Need::kWait) {
      client.hold();
      return;
    }
    if (need == Loading::Need::kFailed) {
      refuse(request, loading->error());
      return;
    }
  }
  Call call{broker, client, *request.command, args, reply};
  execute(call);
}

}  // namespace parley::broker
