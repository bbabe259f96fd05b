#pragma once

#include "broker/command_table_parts.h"
#include "broker/commands.h"

// Part of the command table; only command_table.cpp includes it.
namespace parley::broker::table {

inline constexpr Argument kOptionalCommand[] = {{.name = "command", .optional = true},
                                                {.name = "subcommand", .optional = true}};
inline constexpr Argument kOptionalCommands[] = {
    {.name = "command-name", .optional = true, .multiple = true}};
inline constexpr Argument kFilter[] = {
    {.name = "module-name", .token = "FILTERBY MODULE", .optional = true},
    {.name = "category", .token = "FILTERBY ACLCAT", .optional = true},
    {.name = "pattern", .token = "FILTERBY PATTERN", .optional = true}};
inline constexpr Argument kFullCommand[] = {{.name = "command"},
                                            {.name = "arg", .optional = true, .multiple = true}};
inline constexpr Argument kBackupName[] = {{.name = "name"}};
inline constexpr Argument kOptionalSections[] = {
    {.name = "section", .optional = true, .multiple = true}};

inline constexpr Command kCommandCommands[] = {
    {.name = "count",
     .arity = 2,
     .flags = kLoading | kStale | kConnectionCategory,
     .run = run_command_count,
     .summary = "Tells how many commands there are",
     .group = "server",
     .since = "2.8.13"},
    {.name = "docs",
     .arity = -2,
     .flags = kLoading | kStale | kConnectionCategory,
     .run = run_command_docs,
     .summary = "Describes commands for people",
     .arguments = kOptionalCommands,
     .group = "server",
     .since = "7.0.0",
     .complexity = "O(N) where N is the number of commands"},
    {.name = "getkeys",
     .arity = -3,
     .flags = kLoading | kStale | kConnectionCategory,
     .run = run_command_getkeys,
     .summary = "Picks the keys out of a command",
     .arguments = kFullCommand,
     .group = "server",
     .since = "2.8.13"},
    {.name = "getkeysandflags",
     .arity = -3,
     .flags = kLoading | kStale | kConnectionCategory,
     .run = run_command_getkeysandflags,
     .summary = "Picks the keys out of a command and tells what it does to them",
     .arguments = kFullCommand,
     .group = "server",
     .since = "7.0.0"},
    help_of_container("server", "5.0.0", kConnectionCategory),
    {.name = "info",
     .arity = -2,
     .flags = kLoading | kStale | kConnectionCategory,
     .run = run_command_info,
     .summary = "Describes commands for programs",
     .arguments = kOptionalCommands,
     .group = "server",
     .since = "2.8.13",
     .complexity = "O(N) where N is the number of commands"},
    {.name = "list",
     .arity = -2,
     .flags = kLoading | kStale | kConnectionCategory,
     .run = run_command_list,
     .summary = "Lists the names of commands",
     .arguments = kFilter,
     .group = "server",
     .since = "7.0.0",
     .complexity = "O(N) where N is the number of commands"},
};

inline constexpr Command kServerGroup[] = {
    {.name = "backup",
     .arity = 2,
     .flags = kAdmin | kDangerous | kAdminCategory | kNotInTransaction,
     .run = run_backup,
     .summary = "Copies the streams on disk to DATA/backups/name, while all goes on",
     .arguments = kBackupName,
     .group = "server",
     .since = "1.0.0",
     .complexity = "O(1): files are linked, not copied, where the file system can"},
    {.name = "command",
     .arity = -1,
     .flags = kLoading | kStale | kConnectionCategory,
     .run = run_command,
     .summary = "Describes all commands",
     .group = "server",
     .since = "2.8.13",
     .complexity = "O(N) where N is the number of commands",
     .subcommands = kCommandCommands},
    {.name = "help",
     .arity = -1,
     .flags = kLoading | kStale,
     .run = run_help,
     .summary = "Explains the commands to a person at a terminal",
     .arguments = kOptionalCommand,
     .group = "server"},
    {.name = "info",
     .arity = -1,
     .flags = kLoading | kStale | kDangerous,
     .run = run_info,
     .summary = "Tells about the server: figures and counters",
     .arguments = kOptionalSections,
     .group = "server"},
    {.name = "time",
     .arity = 1,
     .flags = kLoading | kStale | kFast,
     .run = run_time,
     .summary = "Tells the time in seconds and microseconds",
     .group = "server",
     .since = "2.6.0"},
};

}  // namespace parley::broker::table
