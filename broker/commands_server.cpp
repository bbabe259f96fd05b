#include <chrono>

#include "broker/broker.h"
#include "broker/commands.h"
#include "broker/glob.h"
#include "broker/help.h"
#include "broker/info.h"

namespace parley::broker {

namespace {

struct FlagName {
  std::uint32_t flag;
  std::string_view name;
};

constexpr FlagName kFlagNames[] = {
    {kWrite, "write"},
    {kReadonly, "readonly"},
    {kDenyOom, "denyoom"},
    {kAdmin, "admin"},
    {kPubsub, "pubsub"},
    {kNoscript, "noscript"},
    {kBlocking, "blocking"},
    {kLoading, "loading"},
    {kStale, "stale"},
    {kSkipSlowlog, "skip_slowlog"},
    {kFast, "fast"},
    {kNoAuth, "no_auth"},
    {kAllowBusy, "allow_busy"},
    {kMovableKeys, "movablekeys"},
};

std::vector<std::string_view> flag_names(const Command& command) {
  std::vector<std::string_view> names;
  for (const FlagName& entry : kFlagNames) {
    if (command.flags & entry.flag) names.push_back(entry.name);
  }
  return names;
}

std::vector<std::string> categories(const Command& command) {
  std::vector<std::string> names;
  if (command.flags & kPubsub) names.emplace_back("@pubsub");
  if (command.flags & kAdmin) names.insert(names.end(), {"@admin", "@dangerous"});
  if (command.flags & kWrite) names.emplace_back("@write");
  if (command.flags & kReadonly) names.emplace_back("@read");
  names.emplace_back(command.flags & kFast ? "@fast" : "@slow");
  if (command.group == "connection") names.emplace_back("@connection");
  if (command.group == "stream") names.emplace_back("@stream");
  if (command.group == "transactions") names.emplace_back("@transaction");
  return names;
}

template <class Names>
void write_names(resp::Writer& reply, const Names& names) {
  reply.set(names.size());
  for (const auto& name : names) reply.simple(name);
}

// The ten elements of COMMAND INFO.
void write_description(resp::Writer& reply, const Command* container, const Command& command) {
  reply.array(10);
  reply.bulk(full_name(container, command));
  reply.integer(command.arity);
  write_names(reply, flag_names(command));
  reply.integer(command.keys.first);
  reply.integer(command.keys.last);
  reply.integer(command.keys.step);
  write_names(reply, categories(command));
  reply.array(0);  // tips
  reply.array(0);  // key specifications
  reply.array(command.subcommands.size());
  for (const Command& subcommand : command.subcommands) {
    write_description(reply, &command, subcommand);
  }
}

void write_argument(resp::Writer& reply, const Argument& argument) {
  const bool has_flags = argument.optional || argument.multiple;
  const std::string_view name = argument.name.empty() ? argument.token : argument.name;
  reply.map(2 + (argument.token.empty() ? 0 : 1) + (has_flags ? 1 : 0));
  reply.bulk("name");
  reply.bulk(name);
  reply.bulk("type");
  reply.bulk(argument.name.empty() ? "pure-token" : "string");
  if (!argument.token.empty()) {
    reply.bulk("token");
    reply.bulk(argument.token);
  }
  if (!has_flags) return;
  reply.bulk("flags");
  reply.set((argument.optional ? 1 : 0) + (argument.multiple ? 1 : 0));
  if (argument.optional) reply.simple("optional");
  if (argument.multiple) reply.simple("multiple");
}

void write_documentation(resp::Writer& reply, const Command* container, const Command& command) {
  reply.bulk(full_name(container, command));
  reply.map(4 + (command.arguments.empty() ? 0 : 1) + (command.subcommands.empty() ? 0 : 1));
  reply.bulk("summary");
  reply.bulk(command.summary);
  reply.bulk("since");
  reply.bulk(command.since);
  reply.bulk("group");
  reply.bulk(command.group);
  reply.bulk("complexity");
  reply.bulk(command.complexity);
  if (!command.arguments.empty()) {
    reply.bulk("arguments");
    reply.array(command.arguments.size());
    for (const Argument& argument : command.arguments) write_argument(reply, argument);
  }
  if (command.subcommands.empty()) return;
  reply.bulk("subcommands");
  reply.map(command.subcommands.size());
  for (const Command& subcommand : command.subcommands) {
    write_documentation(reply, &command, subcommand);
  }
}

struct Named {
  const Command* container;
  const Command* command;
};

// Finds "client" and "client|id".
Named find_full(const Broker& broker, std::string_view name) {
  const std::size_t bar = name.find('|');
  const Command* command = broker.commands().find(name.substr(0, bar));
  if (command == nullptr || bar == std::string_view::npos) return {nullptr, command};
  return {command, find_subcommand(*command, name.substr(bar + 1))};
}

bool accepts_filter(const resp::Args& args) {
  return args.size() == 2 || (args.size() == 5 && equals_ignoring_case(args[2], "filterby") &&
                              equals_ignoring_case(args[3], "pattern"));
}

}  // namespace

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

void run_help(Call& call) {
  if (call.args.size() == 1) {
    call.reply.verbatim(help_overview());
    return;
  }
  const Command* command = call.broker.commands().find(call.args[1]);
  if (command == nullptr) {
    call.reply.error("ERR there is no command '" + std::string(call.args[1].substr(0, 128)) +
                     "'. HELP lists all");
    return;
  }
  call.reply.verbatim(help_of(*command));
}

void run_command(Call& call) {
  call.reply.array(command_table().size());
  for (const Command& command : command_table()) {
    write_description(call.reply, nullptr, command);
  }
}

void run_command_count(Call& call) {
  call.reply.integer(static_cast<std::int64_t>(command_table().size()));
}

void run_command_docs(Call& call) {
  std::vector<Named> wanted;
  for (std::size_t i = 2; i < call.args.size(); ++i) {
    const Named named = find_full(call.broker, call.args[i]);
    if (named.command) wanted.push_back(named);
  }
  if (call.args.size() == 2) {
    for (const Command& command : command_table()) wanted.push_back({nullptr, &command});
  }
  call.reply.map(wanted.size());
  for (const Named& named : wanted) {
    write_documentation(call.reply, named.container, *named.command);
  }
}

void run_command_info(Call& call) {
  if (call.args.size() == 2) {
    run_command(call);
    return;
  }
  call.reply.array(call.args.size() - 2);
  for (std::size_t i = 2; i < call.args.size(); ++i) {
    const Named named = find_full(call.broker, call.args[i]);
    if (named.command) {
      write_description(call.reply, named.container, *named.command);
    } else {
      call.reply.null_bulk();
    }
  }
}

void run_command_list(Call& call) {
  if (!accepts_filter(call.args)) {
    call.reply.error("ERR syntax error");
    return;
  }
  std::vector<std::string> names;
  const auto add = [&](std::string name) {
    if (call.args.size() == 2 || glob_match_nocase(call.args[4], name)) {
      names.push_back(std::move(name));
    }
  };
  for (const Command& command : command_table()) {
    add(full_name(nullptr, command));
    for (const Command& subcommand : command.subcommands) add(full_name(&command, subcommand));
  }
  call.reply.array(names.size());
  for (const std::string& name : names) call.reply.bulk(name);
}

void run_command_getkeys(Call& call) {
  const Command* command = call.broker.commands().find(call.args[2]);
  if (command == nullptr) {
    call.reply.error("ERR Invalid command specified");
  } else if (command->keys.first == 0) {
    call.reply.error("ERR The command has no key arguments");
  } else if (!command->accepts(call.args.size() - 2)) {
    call.reply.error("ERR Invalid number of arguments specified for command");
  } else {
    const auto given = call.args.size() - 2;
    const auto first = static_cast<std::size_t>(command->keys.first);
    const std::size_t last = command->keys.last < 0
                                 ? given + static_cast<std::size_t>(command->keys.last + 1) - 1
                                 : static_cast<std::size_t>(command->keys.last);
    const auto step = static_cast<std::size_t>(command->keys.step);
    call.reply.array((last - first) / step + 1);
    for (std::size_t i = first; i <= last; i += step) call.reply.bulk(call.args[2 + i]);
  }
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
