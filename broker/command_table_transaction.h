#pragma once

#include "broker/command_table_parts.h"

// Part of the command table; only command_table.cpp includes it.
namespace parley::broker::table {

inline constexpr std::uint32_t kTransaction = kNoscript | kLoading | kStale | kFast | kAllowBusy;

inline constexpr Argument kWatchedKeys[] = {{.name = "key", .multiple = true}};

inline constexpr Command kTransactionGroup[] = {
    {.name = "discard",
     .arity = 1,
     .flags = kTransaction | kNotQueued,
     .run = run_discard,
     .summary = "Forgets the commands queued since MULTI",
     .group = "transactions",
     .since = "2.0.0",
     .complexity = "O(N) where N is the number of queued commands"},
    {.name = "exec",
     .arity = 1,
     .flags = kNoscript | kLoading | kStale | kSkipSlowlog | kNotQueued,
     .run = run_exec,
     .summary = "Runs the commands queued since MULTI, with nothing in between",
     .group = "transactions",
     .since = "1.2.0",
     .complexity = "Depends on the commands"},
    {.name = "multi",
     .arity = 1,
     .flags = kTransaction | kNotQueued,
     .run = run_multi,
     .summary = "Begins to queue commands for EXEC",
     .group = "transactions",
     .since = "1.2.0"},
    {.name = "unwatch",
     .arity = 1,
     .flags = kTransaction,
     .run = run_unwatch,
     .summary = "Forgets the keys that WATCH named",
     .group = "transactions",
     .since = "2.2.0"},
    {.name = "watch",
     .arity = -2,
     .flags = kTransaction | kNotQueued,
     .run = run_watch,
     .summary = "Lets the next EXEC run nothing if a key changes before it",
     .arguments = kWatchedKeys,
     .group = "transactions",
     .since = "2.2.0",
     .complexity = "O(N) where N is the number of keys",
     .keys = {1, -1, 1}},
};

}  // namespace parley::broker::table
