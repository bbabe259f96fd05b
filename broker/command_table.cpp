#include "broker/command_table.h"

#include <algorithm>
#include <array>

#include "broker/command_table_administration.h"
#include "broker/command_table_connection.h"
#include "broker/command_table_key.h"
#include "broker/command_table_pubsub.h"
#include "broker/command_table_server.h"
#include "broker/command_table_slowlog.h"
#include "broker/command_table_stream.h"
#include "broker/command_table_transaction.h"
#include "common/text.h"

namespace parley::broker {

namespace {

template <std::size_t... sizes>
constexpr auto in_order(const Command (&... groups)[sizes]) {
  std::array<Command, (sizes + ...)> all{};
  auto end = all.begin();
  ((end = std::copy(std::begin(groups), std::end(groups), end)), ...);
  std::sort(all.begin(), all.end(),
            [](const Command& a, const Command& b) { return a.name < b.name; });
  return all;
}

constexpr auto kCommands = in_order(
    table::kAdministrationGroup, table::kConnectionGroup, table::kKeyGroup, table::kPubsubGroup,
    table::kServerGroup, table::kSlowlogGroup, table::kStreamGroup, table::kTransactionGroup);

}  // namespace

std::span<const Command> command_table() {
  return kCommands;
}

CommandIndex::CommandIndex() {
  for (const Command& command : kCommands) commands_.emplace(command.name, &command);
}

const Command* CommandIndex::find(std::string_view name) const {
  if (name.size() > kNameMax) return nullptr;
  char lower[kNameMax];
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    lower[i] = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
  const auto found = commands_.find(std::string_view(lower, name.size()));
  return found == commands_.end() ? nullptr : found->second;
}

const Command* container_of(const Command& command) {
  for (const Command& container : kCommands) {
    const auto& subcommands = container.subcommands;
    if (std::any_of(subcommands.begin(), subcommands.end(),
                    [&](const Command& subcommand) { return &subcommand == &command; })) {
      return &container;
    }
  }
  return nullptr;
}

const Command* find_subcommand(const Command& container, std::string_view name) {
  for (const Command& command : container.subcommands) {
    if (equals_ignoring_case(command.name, name)) return &command;
  }
  return nullptr;
}

}  // namespace parley::broker
