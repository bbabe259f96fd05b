#pragma once

#include "broker/command.h"

// What the commands of the table do. Each run_...() writes exactly one reply, unless said
// otherwise; each need_...() adds what the command of that name will look at in streams, and writes
// nothing that anybody sees.
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
void run_pubsub_stats(Call& call);
void run_pubsub_top(Call& call);

// commands_backup.cpp; the reply comes when the backup is there.
void run_backup(Call& call);

// commands_connection.cpp
void run_ping(Call& call);
void run_echo(Call& call);
void run_hello(Call& call);
void run_auth(Call& call);
void run_select(Call& call);
void run_reset(Call& call);
void run_quit(Call& call);

// commands_transaction.cpp
void run_multi(Call& call);
void run_exec(Call& call);
void run_discard(Call& call);
void run_watch(Call& call);
void run_unwatch(Call& call);
/// Why a command may not be queued, as an error; empty if it may.
std::string refusal_in_transaction(const Client& client, const Command& command,
                                   const resp::Args& args);
/// Forgets what is queued and what is watched.
void end_transaction(Broker& broker, Client& client);

// commands_client.cpp, commands_client_kill.cpp
void run_client_caching(Call& call);
void run_client_getname(Call& call);
void run_client_getredir(Call& call);
void run_client_id(Call& call);
void run_client_info(Call& call);
void run_client_kill(Call& call);
void run_client_list(Call& call);
void run_client_no_evict(Call& call);
void run_client_no_touch(Call& call);
void run_client_reply(Call& call);
void run_client_setinfo(Call& call);
void run_client_setname(Call& call);
void run_client_tracking(Call& call);
void run_client_trackinginfo(Call& call);
void run_client_unblock(Call& call);
void run_client_pause(Call& call);
void run_client_unpause(Call& call);

// commands_stream.cpp, commands_stream_read.cpp, commands_stream_info.cpp
void run_xadd(Call& call);
void need_xadd(Call& call, StreamNeeds& needs);
void run_xdel(Call& call);
void need_xdel(Call& call, StreamNeeds& needs);
void run_xtrim(Call& call);
void need_xtrim(Call& call, StreamNeeds& needs);
void run_xsetid(Call& call);
void need_xsetid(Call& call, StreamNeeds& needs);
void run_xlen(Call& call);
void run_xrange(Call& call);
void need_xrange(Call& call, StreamNeeds& needs);
void run_xrevrange(Call& call);
void need_xrevrange(Call& call, StreamNeeds& needs);
/// Writes no reply when it blocks the client: that gets it later.
void run_xread(Call& call);
void need_xread(Call& call, StreamNeeds& needs);
void run_xinfo_stream(Call& call);
void need_xinfo_stream(Call& call, StreamNeeds& needs);
void run_xinfo_groups(Call& call);
void run_xinfo_consumers(Call& call);

// commands_xpublish.cpp
void run_xpublish(Call& call);
void need_xpublish(Call& call, StreamNeeds& needs);

// commands_key.cpp
void run_del(Call& call);
void run_unlink(Call& call);
void run_exists(Call& call);
void run_type(Call& call);
void run_expire(Call& call);
void run_pexpire(Call& call);
void run_ttl(Call& call);
void run_pttl(Call& call);
void run_persist(Call& call);
void run_keys(Call& call);
void run_scan(Call& call);
void run_dbsize(Call& call);
void run_rename(Call& call);
void run_renamenx(Call& call);
void need_rename(Call& call, StreamNeeds& needs);
void run_flushall(Call& call);
void run_flushdb(Call& call);

// commands_command.cpp
void run_command(Call& call);
void run_command_count(Call& call);
void run_command_docs(Call& call);
void run_command_info(Call& call);
void run_command_list(Call& call);
void run_command_getkeys(Call& call);
void run_command_getkeysandflags(Call& call);

// commands_config.cpp
void run_config_get(Call& call);
void run_config_set(Call& call);
void run_config_resetstat(Call& call);
void run_config_rewrite(Call& call);

// commands_acl.cpp
void run_acl_whoami(Call& call);
void run_acl_users(Call& call);
void run_acl_list(Call& call);
void run_acl_cat(Call& call);
void run_acl_getuser(Call& call);
void run_acl_setuser(Call& call);
void run_acl_deluser(Call& call);
void run_acl_dryrun(Call& call);

// commands_server.cpp
void run_info(Call& call);
void run_time(Call& call);
void run_help(Call& call);
void run_slowlog_get(Call& call);
void run_slowlog_len(Call& call);
void run_slowlog_reset(Call& call);
void run_role(Call& call);
void run_wait(Call& call);
void run_monitor(Call& call);
void run_needs_cluster(Call& call);
void run_function_flush(Call& call);
void run_function_list(Call& call);
/// HELP of any command that has subcommands.
void run_container_help(Call& call);

}  // namespace parley::broker
