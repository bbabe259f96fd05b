#pragma once

#include <string>

#include "broker/command.h"

namespace parley::broker {

/// What HELP shows to a person at a terminal: all commands by group.
std::string help_overview();

/// What HELP shows of one command or subcommand: usage, summary, subcommands.
std::string help_of(const Command& command);

}  // namespace parley::broker
