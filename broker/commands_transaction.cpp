#include "broker/broker.h"
#include "broker/commands.h"
#include "broker/dispatch.h"
#include "common/text.h"

namespace parley::broker {

namespace {

// The commands that answer one frame for each name, where EXEC announces one for each command.
struct TopicCommand {
  void (*run)(Call&);
  TopicKind kind;
  void (*opposite)(Call&);  // of an unsubscribing one: what may be queued in front of it
};

constexpr TopicCommand kTopicCommands[] = {
    {run_subscribe, TopicKind::kChannel, nullptr},
    {run_psubscribe, TopicKind::kPattern, nullptr},
    {run_unsubscribe, TopicKind::kChannel, run_subscribe},
    {run_punsubscribe, TopicKind::kPattern, run_psubscribe},
    {run_sunsubscribe, TopicKind::kShard, run_ssubscribe},
};

// The most frames that the command may answer with when the transaction runs.
std::size_t frames_max(const Client& client, const TopicCommand& command, const resp::Args& args) {
  if (args.size() > 1) return args.size() - 1;
  return client.held(command.kind).size() + client.session().transaction->count(command.opposite);
}

}  // namespace

// Redis runs what is refused here, and then sends a reply that no client can follow.
std::string refusal_in_transaction(const Client& client, const Command& command,
                                   const resp::Args& args) {
  if (command.flags & kNotInTransaction) return "ERR Command not allowed inside a transaction";
  if (command.run == run_client_reply &&
      (equals_ignoring_case(args[2], "off") || equals_ignoring_case(args[2], "skip"))) {
    return "ERR CLIENT REPLY OFF and SKIP are not allowed inside a transaction: EXEC announces a "
           "reply to each command";
  }
  for (const TopicCommand& topics : kTopicCommands) {
    if (command.run != topics.run || frames_max(client, topics, args) <= 1) continue;
    return "ERR " + to_upper(command.name) +
           " inside a transaction may have one reply only: use one command for each name";
  }
  return {};
}

void end_transaction(Broker& broker, Client& client) {
  client.session().transaction.reset();
  broker.watches().unwatch(client);
}

void run_multi(Call& call) {
  Session& session = call.client.session();
  if (session.transaction) {
    call.reply.error("ERR MULTI calls can not be nested");
    return;
  }
  session.transaction = std::make_unique<Transaction>();
  call.reply.ok();
}

void run_discard(Call& call) {
  if (!call.client.session().transaction) {
    call.reply.error("ERR DISCARD without MULTI");
    return;
  }
  end_transaction(call.broker, call.client);
  call.reply.ok();
}

void run_exec(Call& call) {
  const Transaction* transaction = call.client.session().transaction.get();
  if (transaction == nullptr) {
    call.reply.error("ERR EXEC without MULTI");
    return;
  }
  if (transaction->doomed()) {
    call.reply.error("EXECABORT Transaction discarded because of previous errors.");
  } else if (call.broker.watches().changed(call.client)) {
    call.reply.null_array();
  } else {
    call.broker.watches().unwatch(call.client);
    call.reply.array(transaction->size());
    resp::Args args;
    for (std::size_t i = 0; i < transaction->size(); ++i) {
      transaction->read_args(i, args);
      Call queued{.broker = call.broker,
                  .client = call.client,
                  .command = transaction->command(i),
                  .args = args,
                  .reply = call.reply,
                  .may_block = false};
      execute(queued);
    }
    call.client.session().last_command = &call.command;
  }
  end_transaction(call.broker, call.client);
}

void run_watch(Call& call) {
  if (call.client.session().transaction) {
    call.reply.error("ERR WATCH inside MULTI is not allowed");
    return;
  }
  for (std::size_t i = 1; i < call.args.size(); ++i) {
    call.broker.watches().watch(call.client, call.client.session().db, call.args[i]);
  }
  call.reply.ok();
}

void run_unwatch(Call& call) {
  call.broker.watches().unwatch(call.client);
  call.reply.ok();
}

}  // namespace parley::broker
