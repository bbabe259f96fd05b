#pragma once

#include "broker/command_table_parts.h"

namespace parley::broker::table {

inline constexpr Argument kSlowlogCount[] = {{.name = "count", .optional = true}};

inline constexpr Command kSlowlogCommands[] = {
    {.name = "get",
     .arity = -2,
     .flags = kAdmin | kLoading | kStale,
     .run = run_slowlog_get,
     .summary = "Lists the last commands that were slow, the newest first",
     .arguments = kSlowlogCount,
     .group = "server",
     .since = "2.2.12",
     .complexity = "O(N) where N is the number of entries"},
    help_of_container("server", "6.2.0"),
    {.name = "len",
     .arity = 2,
     .flags = kAdmin | kLoading | kStale,
     .run = run_slowlog_len,
     .summary = "Tells how many commands are in the slow log",
     .group = "server",
     .since = "2.2.12"},
    {.name = "reset",
     .arity = 2,
     .flags = kAdmin | kLoading | kStale,
     .run = run_slowlog_reset,
     .summary = "Empties the slow log",
     .group = "server",
     .since = "2.2.12"},
};

inline constexpr Command kSlowlogGroup[] = {
    {.name = "slowlog",
     .arity = -2,
     .flags = 0,
     .run = nullptr,
     .summary = "Shows commands that took long; CONFIG slowlog-* sets what is long",
     .group = "server",
     .since = "2.2.12",
     .complexity = "Depends on subcommand",
     .subcommands = kSlowlogCommands},
};

}  // namespace parley::broker::table
