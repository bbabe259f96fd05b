#pragma once

#include "common/resp_request.h"

namespace parley::broker {

class Broker;
class Client;

/// Runs one request: finds the command, makes the checks that come before every command in the
/// order in which Redis makes them, runs it. The reply is left in the broker's reply_text().
void dispatch(Broker& broker, Client& client, const resp::Args& args);

}  // namespace parley::broker
