#include "broker/dispatch.h"

#include "broker/broker.h"

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
  return "ERR unknown command '" + std::string(args[0].substr(0, kShownMax)) +
         "', with args beginning with: " + shown;
}

struct Found {
  const Command* container = nullptr;
  const Command* command = nullptr;
};

// Writes the error and returns nothing when there is no such command.
Found find(Broker& broker, const resp::Args& args, resp::Writer& reply) {
  const Command* command = broker.commands().find(args[0]);
  if (command == nullptr) {
    reply.error(unknown_command(args));
    return {};
  }
  if (command->subcommands.empty() || args.size() < 2) return {nullptr, command};
  const Command* subcommand = find_subcommand(*command, args[1]);
  if (subcommand) return {command, subcommand};
  reply.error("ERR unknown subcommand '" + std::string(args[1].substr(0, kShownMax)) + "'. Try " +
              to_upper(command->name) + " HELP.");
  return {};
}

}  // namespace

void dispatch(Broker& broker, Client& client, const resp::Args& args) {
  if (is_cross_protocol(args[0])) {
    client.cut("it speaks HTTP; this port speaks the Redis protocol");
    return;
  }
  resp::Writer reply(broker.reply_text(), client.session().protocol);
  const auto [container, command] = find(broker, args, reply);
  if (command == nullptr) return;
  ++broker.stats().commands_processed;
  if (!command->accepts(args.size()) || command->run == nullptr) {
    reply.error("ERR wrong number of arguments for '" + full_name(container, *command) +
                "' command");
    return;
  }
  if (client.in_subscriber_mode() && !(command->flags & kInSubscriberMode)) {
    reply.error("ERR Can't execute '" + full_name(container, *command) +
                "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in "
                "this context");
    return;
  }
  client.session().last_command = command;
  Call call{broker, client, *command, args, reply};
  command->run(call);
}

}  // namespace parley::broker
