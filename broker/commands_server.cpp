#include <chrono>

#include "broker/broker.h"
#include "broker/commands.h"
#include "broker/help.h"
#include "broker/info.h"
#include "common/text.h"

namespace parley::broker {

void run_info(Call& call) {
  call.reply.verbatim(info_text(call.broker, std::span(call.args).subspan(1)));
}

void run_time(Call& call) {
  using namespace std::chrono;
  const auto now = duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
  call.reply.array(2);
  call.reply.bulk(std::to_string(now / 1'000'000));
  call.reply.bulk(std::to_string(now % 1'000'000));
}

// HELP, HELP CLIENT, HELP CLIENT KILL.
void run_help(Call& call) {
  const auto& args = call.args;
  if (args.size() == 1) {
    call.reply.verbatim(help_overview());
    return;
  }
  const Command* command = call.broker.commands().find(args[1]);
  if (command == nullptr) {
    call.reply.error("ERR there is no command '" + std::string(args[1].substr(0, 128)) +
                     "'. HELP lists all");
    return;
  }
  if (args.size() == 2) {
    call.reply.verbatim(help_of(*command));
    return;
  }
  const Command* subcommand = find_subcommand(*command, args[2]);
  if (subcommand) {
    call.reply.verbatim(help_of(*subcommand));
  } else {
    call.reply.error("ERR " + to_upper(command->name) + " has no subcommand '" +
                     std::string(args[2].substr(0, 128)) + "'. HELP " + to_upper(command->name) +
                     " lists them");
  }
}

void run_role(Call& call) {
  call.reply.array(3);
  call.reply.bulk("master");
  call.reply.integer(0);
  call.reply.array(0);
}

// No replica can acknowledge anything, so there is nothing to wait for.
void run_wait(Call& call) {
  std::int64_t replicas = 0;
  std::int64_t timeout = 0;
  if (!resp::parse_integer(call.args[1], replicas)) {
    call.reply.error("ERR value is not an integer or out of range");
  } else if (!resp::parse_integer(call.args[2], timeout)) {
    call.reply.error("ERR timeout is not an integer or out of range");
  } else if (timeout < 0) {
    call.reply.error("ERR timeout is negative");
  } else {
    call.reply.integer(0);
  }
}

void run_monitor(Call& call) {
  if (!call.may_block) {
    call.reply.error("ERR MONITOR isn't allowed for DENY BLOCKING client");
    return;
  }
  call.broker.monitors().add(call.client);
  call.reply.ok();
}

void run_needs_cluster(Call& call) {
  call.reply.error("ERR This instance has cluster support disabled");
}

// There are no functions: those who flush them before a test find none left.
void run_function_flush(Call& call) {
  const auto& args = call.args;
  if (args.size() > 3 || (args.size() == 3 && !equals_ignoring_case(args[2], "sync") &&
                          !equals_ignoring_case(args[2], "async"))) {
    call.reply.error("ERR FUNCTION FLUSH only supports SYNC|ASYNC option");
    return;
  }
  call.reply.ok();
}

void run_function_list(Call& call) {
  call.reply.array(0);
}

// As Redis writes it: a title, then each subcommand with its summary indented.
void run_container_help(Call& call) {
  const Command& container = *call.broker.commands().find(call.args[0]);
  std::vector<std::string> lines{to_upper(container.name) +
                                 " <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"};
  for (const Command& subcommand : container.subcommands) {
    if (subcommand.name == "help") continue;
    lines.push_back(usage(nullptr, subcommand));
    lines.push_back("    " + std::string(subcommand.summary) + ".");
  }
  lines.emplace_back("HELP");
  lines.emplace_back("    Print this help.");
  call.reply.array(lines.size());
  for (const std::string& line : lines) call.reply.simple(line);
}

}  // namespace parley::broker
