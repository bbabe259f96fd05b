#include "broker/command_table.h"

#include "broker/commands.h"

namespace parley::broker {

namespace {

constexpr std::uint32_t kConnection = kNoscript | kLoading | kStale;
constexpr std::uint32_t kSubscribe = kPubsub | kNoscript | kLoading | kStale | kInSubscriberMode;

constexpr Argument kChannels[] = {{.name = "channel", .multiple = true}};
constexpr Argument kOptionalChannels[] = {{.name = "channel", .optional = true, .multiple = true}};
constexpr Argument kShardChannels[] = {{.name = "shardchannel", .multiple = true}};
constexpr Argument kOptionalShardChannels[] = {
    {.name = "shardchannel", .optional = true, .multiple = true}};
constexpr Argument kPatterns[] = {{.name = "pattern", .multiple = true}};
constexpr Argument kOptionalPatterns[] = {{.name = "pattern", .optional = true, .multiple = true}};
constexpr Argument kOptionalPattern[] = {{.name = "pattern", .optional = true}};
constexpr Argument kPublishArguments[] = {{.name = "channel"}, {.name = "message"}};
constexpr Argument kSpublishArguments[] = {{.name = "shardchannel"}, {.name = "message"}};
constexpr Argument kMessage[] = {{.name = "message"}};
constexpr Argument kOptionalMessage[] = {{.name = "message", .optional = true}};
constexpr Argument kAuthArguments[] = {{.name = "username", .optional = true},
                                       {.name = "password"}};
constexpr Argument kHelloArguments[] = {
    {.name = "protover", .optional = true},
    {.name = "username password", .token = "AUTH", .optional = true},
    {.name = "clientname", .token = "SETNAME", .optional = true}};
constexpr Argument kIndex[] = {{.name = "index"}};
constexpr Argument kConnectionName[] = {{.name = "connection-name"}};
constexpr Argument kSetinfoArguments[] = {{.name = "attribute"}, {.name = "value"}};
constexpr Argument kOptionalCommand[] = {{.name = "command", .optional = true}};
constexpr Argument kOptionalCommands[] = {
    {.name = "command-name", .optional = true, .multiple = true}};
constexpr Argument kFilter[] = {{.name = "pattern", .token = "FILTERBY PATTERN", .optional = true}};
constexpr Argument kFullCommand[] = {{.name = "command"},
                                     {.name = "arg", .optional = true, .multiple = true}};
constexpr Argument kOptionalSections[] = {{.name = "section", .optional = true, .multiple = true}};

constexpr Command help_of_container(std::string_view group, std::string_view since) {
  return {.name = "help",
          .arity = 2,
          .flags = kLoading | kStale,
          .run = run_container_help,
          .summary = "Lists the subcommands",
          .group = group,
          .since = since};
}

constexpr Command kClientCommands[] = {
    {.name = "getname",
     .arity = 2,
     .flags = kConnection,
     .run = run_client_getname,
     .summary = "Tells the name of this connection",
     .since = "2.6.9"},
    help_of_container("connection", "5.0.0"),
    {.name = "id",
     .arity = 2,
     .flags = kConnection,
     .run = run_client_id,
     .summary = "Tells the id of this connection",
     .since = "5.0.0"},
    {.name = "setinfo",
     .arity = 4,
     .flags = kConnection,
     .run = run_client_setinfo,
     .summary = "Notes which library the client uses: LIB-NAME or LIB-VER",
     .arguments = kSetinfoArguments,
     .since = "7.2.0"},
    {.name = "setname",
     .arity = 3,
     .flags = kConnection,
     .run = run_client_setname,
     .summary = "Gives this connection a name",
     .arguments = kConnectionName,
     .since = "2.6.9"},
};

constexpr Command kCommandCommands[] = {
    {.name = "count",
     .arity = 2,
     .flags = kLoading | kStale,
     .run = run_command_count,
     .summary = "Tells how many commands there are",
     .group = "server",
     .since = "2.8.13"},
    {.name = "docs",
     .arity = -2,
     .flags = kLoading | kStale,
     .run = run_command_docs,
     .summary = "Describes commands for people",
     .arguments = kOptionalCommands,
     .group = "server",
     .since = "7.0.0",
     .complexity = "O(N) where N is the number of commands"},
    {.name = "getkeys",
     .arity = -3,
     .flags = kLoading | kStale,
     .run = run_command_getkeys,
     .summary = "Picks the keys out of a command",
     .arguments = kFullCommand,
     .group = "server",
     .since = "2.8.13"},
    help_of_container("server", "5.0.0"),
    {.name = "info",
     .arity = -2,
     .flags = kLoading | kStale,
     .run = run_command_info,
     .summary = "Describes commands for programs",
     .arguments = kOptionalCommands,
     .group = "server",
     .since = "2.8.13",
     .complexity = "O(N) where N is the number of commands"},
    {.name = "list",
     .arity = -2,
     .flags = kLoading | kStale,
     .run = run_command_list,
     .summary = "Lists the names of commands",
     .arguments = kFilter,
     .group = "server",
     .since = "7.0.0",
     .complexity = "O(N) where N is the number of commands"},
};

constexpr Command kPubsubCommands[] = {
    {.name = "channels",
     .arity = -2,
     .flags = kPubsub | kLoading | kStale,
     .run = run_pubsub_channels,
     .summary = "Lists the channels that have subscribers",
     .arguments = kOptionalPattern,
     .group = "pubsub",
     .since = "2.8.0",
     .complexity = "O(N) where N is the number of channels"},
    help_of_container("pubsub", "6.2.0"),
    {.name = "numpat",
     .arity = 2,
     .flags = kPubsub | kLoading | kStale,
     .run = run_pubsub_numpat,
     .summary = "Tells how many different patterns are subscribed to",
     .group = "pubsub",
     .since = "2.8.0"},
    {.name = "numsub",
     .arity = -2,
     .flags = kPubsub | kLoading | kStale,
     .run = run_pubsub_numsub,
     .summary = "Tells how many subscribers each channel has",
     .arguments = kOptionalChannels,
     .group = "pubsub",
     .since = "2.8.0",
     .complexity = "O(N) where N is the number of channels asked for"},
    {.name = "shardchannels",
     .arity = -2,
     .flags = kPubsub | kLoading | kStale,
     .run = run_pubsub_shardchannels,
     .summary = "Lists the shard channels that have subscribers",
     .arguments = kOptionalPattern,
     .group = "pubsub",
     .since = "7.0.0",
     .complexity = "O(N) where N is the number of shard channels"},
    {.name = "shardnumsub",
     .arity = -2,
     .flags = kPubsub | kLoading | kStale,
     .run = run_pubsub_shardnumsub,
     .summary = "Tells how many subscribers each shard channel has",
     .arguments = kOptionalShardChannels,
     .group = "pubsub",
     .since = "7.0.0",
     .complexity = "O(N) where N is the number of shard channels asked for"},
};

constexpr Command kCommands[] = {
    {.name = "auth",
     .arity = -2,
     .flags = kConnection | kFast | kNoAuth | kAllowBusy,
     .run = run_auth,
     .summary = "Logs in with a password",
     .arguments = kAuthArguments},
    {.name = "client",
     .arity = -2,
     .flags = 0,
     .run = nullptr,
     .summary = "Asks and tells about connections",
     .since = "2.4.0",
     .complexity = "Depends on subcommand",
     .subcommands = kClientCommands},
    {.name = "command",
     .arity = -1,
     .flags = kLoading | kStale,
     .run = run_command,
     .summary = "Describes all commands",
     .group = "server",
     .since = "2.8.13",
     .complexity = "O(N) where N is the number of commands",
     .subcommands = kCommandCommands},
    {.name = "echo",
     .arity = 2,
     .flags = kLoading | kStale | kFast,
     .run = run_echo,
     .summary = "Answers with the message",
     .arguments = kMessage},
    {.name = "hello",
     .arity = -1,
     .flags = kConnection | kFast | kNoAuth | kAllowBusy,
     .run = run_hello,
     .summary = "Chooses protocol 2 or 3, tells about the server",
     .arguments = kHelloArguments,
     .since = "6.0.0"},
    {.name = "help",
     .arity = -1,
     .flags = kLoading | kStale,
     .run = run_help,
     .summary = "Explains the commands to a person at a terminal",
     .arguments = kOptionalCommand,
     .group = "server"},
    {.name = "info",
     .arity = -1,
     .flags = kLoading | kStale,
     .run = run_info,
     .summary = "Tells about the server: figures and counters",
     .arguments = kOptionalSections,
     .group = "server"},
    {.name = "ping",
     .arity = -1,
     .flags = kFast | kInSubscriberMode,
     .run = run_ping,
     .summary = "Answers PONG, or the message",
     .arguments = kOptionalMessage},
    {.name = "psubscribe",
     .arity = -2,
     .flags = kSubscribe,
     .run = run_psubscribe,
     .summary = "Listens to all channels that match a glob",
     .arguments = kPatterns,
     .group = "pubsub",
     .since = "2.0.0",
     .complexity = "O(N) where N is the total length of the patterns"},
    {.name = "publish",
     .arity = 3,
     .flags = kPubsub | kLoading | kStale | kFast,
     .run = run_publish,
     .summary = "Sends a message; tells how many receivers it had",
     .arguments = kPublishArguments,
     .group = "pubsub",
     .since = "2.0.0",
     .complexity = "O(N) where N is the number of receivers"},
    {.name = "pubsub",
     .arity = -2,
     .flags = 0,
     .run = nullptr,
     .summary = "Asks about channels and patterns",
     .group = "pubsub",
     .since = "2.8.0",
     .complexity = "Depends on subcommand",
     .subcommands = kPubsubCommands},
    {.name = "punsubscribe",
     .arity = -1,
     .flags = kSubscribe,
     .run = run_punsubscribe,
     .summary = "Stops listening to patterns, or to all patterns",
     .arguments = kOptionalPatterns,
     .group = "pubsub",
     .since = "2.0.0",
     .complexity = "O(N) where N is the number of patterns"},
    {.name = "quit",
     .arity = -1,
     .flags = kConnection | kFast | kNoAuth | kAllowBusy | kInSubscriberMode | kNotQueued,
     .run = run_quit,
     .summary = "Ends the connection"},
    {.name = "reset",
     .arity = 1,
     .flags = kConnection | kFast | kNoAuth | kAllowBusy | kInSubscriberMode | kNotQueued,
     .run = run_reset,
     .summary = "Makes the connection as good as new",
     .since = "6.2.0"},
    {.name = "select",
     .arity = 2,
     .flags = kLoading | kStale | kFast,
     .run = run_select,
     .summary = "Chooses a database; channels are the same in all",
     .arguments = kIndex},
    {.name = "spublish",
     .arity = 3,
     .flags = kPubsub | kLoading | kStale | kFast,
     .run = run_spublish,
     .summary = "Sends a message to a shard channel",
     .arguments = kSpublishArguments,
     .group = "pubsub",
     .since = "7.0.0",
     .complexity = "O(N) where N is the number of receivers",
     .keys = {1, 1, 1}},
    {.name = "ssubscribe",
     .arity = -2,
     .flags = kSubscribe,
     .run = run_ssubscribe,
     .summary = "Listens to shard channels",
     .arguments = kShardChannels,
     .group = "pubsub",
     .since = "7.0.0",
     .complexity = "O(N) where N is the number of shard channels",
     .keys = {1, -1, 1}},
    {.name = "subscribe",
     .arity = -2,
     .flags = kSubscribe,
     .run = run_subscribe,
     .summary = "Listens to channels",
     .arguments = kChannels,
     .group = "pubsub",
     .since = "2.0.0",
     .complexity = "O(N) where N is the number of channels"},
    {.name = "sunsubscribe",
     .arity = -1,
     .flags = kSubscribe,
     .run = run_sunsubscribe,
     .summary = "Stops listening to shard channels, or to all",
     .arguments = kOptionalShardChannels,
     .group = "pubsub",
     .since = "7.0.0",
     .complexity = "O(N) where N is the number of shard channels",
     .keys = {1, -1, 1}},
    {.name = "time",
     .arity = 1,
     .flags = kLoading | kStale | kFast,
     .run = run_time,
     .summary = "Tells the time in seconds and microseconds",
     .group = "server",
     .since = "2.6.0"},
    {.name = "unsubscribe",
     .arity = -1,
     .flags = kSubscribe,
     .run = run_unsubscribe,
     .summary = "Stops listening to channels, or to all channels",
     .arguments = kOptionalChannels,
     .group = "pubsub",
     .since = "2.0.0",
     .complexity = "O(N) where N is the number of channels"},
};

}  // namespace

std::span<const Command> command_table() {
  return kCommands;
}

CommandIndex::CommandIndex() {
  for (const Command& command : kCommands) commands_.emplace(command.name, &command);
}

const Command* CommandIndex::find(std::string_view name) const {
  if (name.size() > kNameMax) return nullptr;
  char lower[kNameMax];
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    lower[i] = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
  const auto found = commands_.find(std::string_view(lower, name.size()));
  return found == commands_.end() ? nullptr : found->second;
}

const Command* find_subcommand(const Command& container, std::string_view name) {
  for (const Command& command : container.subcommands) {
    if (equals_ignoring_case(command.name, name)) return &command;
  }
  return nullptr;
}

}  // namespace parley::broker
