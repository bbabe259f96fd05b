#include "broker/broker.h"
#include "broker/command_description.h"
#include "broker/commands.h"
#include "broker/glob.h"
#include "common/text.h"

namespace parley::broker {

namespace {

template <class Names>
void write_set(resp::Writer& reply, const Names& names, std::string_view prefix = {}) {
  reply.set(names.size());
  for (const auto& name : names) reply.simple(std::string(prefix).append(name));
}

void write_key_specification(resp::Writer& reply, const Command& command) {
  const KeyPositions keys = command.keys;
  const bool movable = command.flags & kMovableKeys;
  reply.map(3);
  reply.bulk("flags");
  write_set(reply, key_flags_of(command));
  reply.bulk("begin_search");
  reply.map(2);
  reply.bulk("type");
  reply.bulk(movable ? "keyword" : "index");
  reply.bulk("spec");
  reply.map(movable ? 2 : 1);
  reply.bulk(movable ? "keyword" : "index");
  if (movable) {
    reply.bulk("STREAMS");
    reply.bulk("startfrom");
    reply.integer(1);
  } else {
    reply.integer(keys.first);
  }
  reply.bulk("find_keys");
  reply.map(2);
  reply.bulk("type");
  reply.bulk("range");
  reply.bulk("spec");
  reply.map(3);
  reply.bulk("lastkey");
  reply.integer(movable || keys.last < 0 ? -1 : keys.last - keys.first);
  reply.bulk("keystep");
  reply.integer(movable ? 1 : keys.step);
  reply.bulk("limit");
  reply.integer(movable ? 2 : 0);
}

// The ten elements of COMMAND INFO.
void write_description(resp::Writer& reply, const Command* container, const Command& command) {
  reply.array(10);
  reply.bulk(full_name(container, command));
  reply.integer(command.arity);
  write_set(reply, flag_names(command));
  reply.integer(command.keys.first);
  reply.integer(command.keys.last);
  reply.integer(command.keys.step);
  write_set(reply, acl_categories_of(command), "@");
  reply.array(0);  // tips are for clusters
  const bool has_keys = !key_flags_of(command).empty();
  reply.array(has_keys ? 1 : 0);
  if (has_keys) write_key_specification(reply, command);
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

// FILTERBY: which commands COMMAND LIST names.
struct ListFilter {
  enum class Kind { kNone, kModule, kCategory, kPattern };
  Kind kind = Kind::kNone;
  std::string value;

  bool accepts(const Command& command, std::string_view name) const {
    switch (kind) {
      case Kind::kNone:
        return true;
      case Kind::kModule:  // there are no modules
        return false;
      case Kind::kCategory:
        return in_acl_category(command, value);
      case Kind::kPattern:
        return glob_match_nocase(value, name);
    }
    return false;
  }
};

bool read_list_filter(const resp::Args& args, ListFilter& filter) {
  if (args.size() == 2) return true;
  if (args.size() != 5 || !equals_ignoring_case(args[2], "filterby")) return false;
  filter.value = args[4];
  if (equals_ignoring_case(args[3], "module")) {
    filter.kind = ListFilter::Kind::kModule;
  } else if (equals_ignoring_case(args[3], "aclcat")) {
    filter.kind = ListFilter::Kind::kCategory;
    filter.value = to_lower(filter.value);
  } else if (equals_ignoring_case(args[3], "pattern")) {
    filter.kind = ListFilter::Kind::kPattern;
  } else {
    return false;
  }
  return true;
}

// The command that GETKEYS asks about and the places of its keys; writes the error if there is
// something wrong.
struct Asked {
  const Command* command = nullptr;
  std::span<const std::string_view> request;
  std::vector<std::size_t> places;
};

bool read_asked(Call& call, Asked& asked) {
  asked.request = std::span(call.args).subspan(2);
  asked.command = call.broker.commands().find(asked.request[0]);
  if (asked.command && !asked.command->subcommands.empty() && asked.request.size() > 1) {
    asked.command = find_subcommand(*asked.command, asked.request[1]);
  }
  if (asked.command == nullptr) {
    call.reply.error("ERR Invalid command specified");
    return false;
  }
  const auto flags = key_flags_of(*asked.command);
  if (flags.empty() || flags.front() == "not_key") {
    call.reply.error("ERR The command has no key arguments");
    return false;
  }
  if (!asked.command->accepts(asked.request.size())) {
    call.reply.error("ERR Invalid number of arguments specified for command");
    return false;
  }
  asked.places = key_places(*asked.command, asked.request);
  if (asked.places.empty()) call.reply.error("ERR Invalid arguments specified for command");
  return !asked.places.empty();
}

}  // namespace

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
  ListFilter filter;
  if (!read_list_filter(call.args, filter)) {
    call.reply.error(kSyntaxError);
    return;
  }
  std::vector<std::string> names;
  const auto add = [&](const Command* container, const Command& command) {
    std::string name = full_name(container, command);
    if (filter.accepts(command, name)) names.push_back(std::move(name));
  };
  for (const Command& command : command_table()) {
    add(nullptr, command);
    for (const Command& subcommand : command.subcommands) add(&command, subcommand);
  }
  call.reply.array(names.size());
  for (const std::string& name : names) call.reply.bulk(name);
}

void run_command_getkeys(Call& call) {
  Asked asked;
  if (!read_asked(call, asked)) return;
  call.reply.array(asked.places.size());
  for (const std::size_t place : asked.places) call.reply.bulk(asked.request[place]);
}

void run_command_getkeysandflags(Call& call) {
  Asked asked;
  if (!read_asked(call, asked)) return;
  call.reply.array(asked.places.size());
  for (const std::size_t place : asked.places) {
    call.reply.array(2);
    call.reply.bulk(asked.request[place]);
    write_set(call.reply, key_flags_of(*asked.command));
  }
}

}  // namespace parley::broker
