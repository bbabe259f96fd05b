#pragma once

#include "broker/command.h"
#include "broker/commands.h"

// What several parts of the command table use.
namespace parley::broker::table {

/// HELP of a command that has subcommands.
constexpr Command help_of_container(std::string_view group, std::string_view since,
                                    std::uint32_t more_flags = 0) {
  return {.name = "help",
          .arity = 2,
          .flags = kLoading | kStale | more_flags,
          .run = run_container_help,
          .summary = "Lists the subcommands",
          .group = group,
          .since = since};
}

}  // namespace parley::broker::table
