#pragma once

#include "broker/command.h"

namespace parley::broker {

/// Runs one request: finds the command, makes the checks that come before every command in the
/// order in which Redis makes them, then runs it or queues it. The reply is left in the broker's
/// reply_text().
void dispatch(Broker& broker, Client& client, const resp::Args& args);

/// Runs a command that has passed all checks, also one of a transaction: counts it, times it, shows
/// it to those who monitor.
void execute(Call& call);

}  // namespace parley::broker
