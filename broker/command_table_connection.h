#pragma once

#include "broker/command_table_client.h"
#include "broker/command_table_parts.h"
#include "broker/commands.h"

// Part of the command table; only command_table.cpp includes it.
namespace parley::broker::table {

inline constexpr Argument kMessage[] = {{.name = "message"}};
inline constexpr Argument kOptionalMessage[] = {{.name = "message", .optional = true}};
inline constexpr Argument kAuthArguments[] = {{.name = "username", .optional = true},
                                              {.name = "password"}};
inline constexpr Argument kHelloArguments[] = {
    {.name = "protover", .optional = true},
    {.name = "username password", .token = "AUTH", .optional = true},
    {.name = "clientname", .token = "SETNAME", .optional = true}};
inline constexpr Argument kIndex[] = {{.name = "index"}};

inline constexpr Command kConnectionGroup[] = {
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
    {.name = "echo",
     .arity = 2,
     .flags = kLoading | kStale | kFast,
     .run = run_echo,
     .summary = "Answers with the message",
     .arguments = kMessage},
    {.name = "hello",
     .arity = -1,
     .flags = kConnection | kFast | kNoAuth | kAllowBusy | kNotInTransaction,
     .run = run_hello,
     .summary = "Chooses protocol 2 or 3, tells about the server",
     .arguments = kHelloArguments,
     .since = "6.0.0"},
    {.name = "ping",
     .arity = -1,
     .flags = kFast | kInSubscriberMode,
     .run = run_ping,
     .summary = "Answers PONG, or the message",
     .arguments = kOptionalMessage},
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
};

}  // namespace parley::broker::table
