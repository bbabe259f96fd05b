#include "broker/broker.h"
#include "broker/command_description.h"
#include "broker/commands.h"
#include "common/text.h"

// Access control in the sense of one user, "default", who may do everything. Enough for tools that
// ask who they are and what they may do.
namespace parley::broker {

namespace {

constexpr std::string_view kUser = "default";

void refuse_users(Call& call) {
  call.reply.error("ERR ACL " + to_upper(call.command.name) +
                   " is not supported: the only user is 'default', with the password that "
                   "CONFIG SET requirepass or --requirepass-file gives him");
}

}  // namespace

void run_acl_whoami(Call& call) {
  call.reply.bulk(kUser);
}

void run_acl_users(Call& call) {
  call.reply.array(1);
  call.reply.bulk(kUser);
}

// Redis shows a hash of the password; a hash of a short one is as good as the password.
void run_acl_list(Call& call) {
  const bool open = call.broker.options().password.empty();
  call.reply.array(1);
  call.reply.bulk("user default on " + std::string(open ? "nopass" : "#(hidden)") + " ~* &* +@all");
}

void run_acl_cat(Call& call) {
  if (call.args.size() > 3) {
    call.reply.error("ERR unknown subcommand or wrong number of arguments for '" +
                     std::string(call.args[1]) + "'. Try ACL HELP.");
    return;
  }
  if (call.args.size() == 2) {
    call.reply.array(acl_categories().size());
    for (const std::string_view category : acl_categories()) call.reply.bulk(category);
    return;
  }
  const std::string wanted = to_lower(call.args[2]);
  bool known = false;
  for (const std::string_view category : acl_categories()) known |= category == wanted;
  if (!known) {
    call.reply.error("ERR Unknown category '" + std::string(call.args[2]) + "'");
    return;
  }
  std::vector<std::string> names;
  for (const Command& command : command_table()) {
    if (in_acl_category(command, wanted)) names.push_back(full_name(nullptr, command));
    for (const Command& subcommand : command.subcommands) {
      if (in_acl_category(subcommand, wanted)) names.push_back(full_name(&command, subcommand));
    }
  }
  call.reply.array(names.size());
  for (const std::string& name : names) call.reply.bulk(name);
}

void run_acl_getuser(Call& call) {
  resp::Writer& reply = call.reply;
  if (call.args[2] != kUser) {
    reply.null_bulk();
    return;
  }
  const bool open = call.broker.options().password.empty();
  reply.map(6);
  reply.bulk("flags");
  reply.set(open ? 2 : 1);
  reply.bulk("on");
  if (open) reply.bulk("nopass");
  reply.bulk("passwords");
  reply.array(open ? 0 : 1);
  if (!open) reply.bulk("(hidden)");
  reply.bulk("commands");
  reply.bulk("+@all");
  reply.bulk("keys");
  reply.bulk("~*");
  reply.bulk("channels");
  reply.bulk("&*");
  reply.bulk("selectors");
  reply.array(0);
}

void run_acl_setuser(Call& call) {
  refuse_users(call);
}

void run_acl_deluser(Call& call) {
  refuse_users(call);
}

void run_acl_dryrun(Call& call) {
  const auto& args = call.args;
  if (args[2] != kUser) {
    call.reply.error("ERR User '" + std::string(args[2]) + "' not found");
    return;
  }
  const Command* container = nullptr;
  const Command* command = call.broker.commands().find(args[3]);
  if (command && !command->subcommands.empty() && args.size() > 4) {
    container = command;
    command = find_subcommand(*command, args[4]);
  }
  if (command == nullptr) {
    call.reply.error("ERR Command '" + std::string(args[3]) + "' not found");
  } else if (!command->accepts(args.size() - 3)) {
    call.reply.error("ERR wrong number of arguments for '" + full_name(container, *command) +
                     "' command");
  } else {
    call.reply.ok();
  }
}

}  // namespace parley::broker
