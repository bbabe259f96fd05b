#pragma once

#include "broker/command.h"

// What the commands of the table do. Each writes exactly one reply, unless said otherwise.
namespace parley::broker {

// commands_pubsub.cpp; (un)subscribing writes a confirmation for each name instead of a reply.
void run_subscribe(Call& call);
void run_psubscribe(Call& call);
void run_ssubscribe(Call& call);
void run_unsubscribe(Call& call);
void run_punsubscribe(Call& call);
void run_sunsubscribe(Call& call);
void run_publish(Call& call);
void run_spublish(Call& call);
void run_pubsub_channels(Call& call);
void run_pubsub_numsub(Call& call);
void run_pubsub_numpat(Call& call);
void run_pubsub_shardchannels(Call& call);
void run_pubsub_shardnumsub(Call& call);

// commands_connection.cpp
void run_ping(Call& call);
void run_echo(Call& call);
void run_hello(Call& call);
void run_auth(Call& call);
void run_select(Call& call);
void run_reset(Call& call);
void run_quit(Call& call);
void run_client_id(Call& call);
void run_client_setname(Call& call);
void run_client_getname(Call& call);
void run_client_setinfo(Call& call);

// commands_server.cpp
void run_info(Call& call);
void run_time(Call& call);
void run_help(Call& call);
void run_command(Call& call);
void run_command_count(Call& call);
void run_command_docs(Call& call);
void run_command_info(Call& call);
void run_command_list(Call& call);
void run_command_getkeys(Call& call);
/// HELP of any command that has subcommands.
void run_container_help(Call& call);

}  // namespace parley::broker
