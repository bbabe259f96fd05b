#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <span>
#include <string>
#include <string_view>

#include "broker/command.h"

namespace parley::broker {

/// Every command of the broker, in alphabetical order.
std::span<const Command> command_table();

/// Finds commands by name, whatever the case.
class CommandIndex {
 public:
  CommandIndex();
  const Command* find(std::string_view name) const;

 private:
  static constexpr std::size_t kNameMax = 32;
  boost::unordered_flat_map<std::string_view, const Command*> commands_;
};

/// The command whose subcommand it is; null for a command of the table itself.
const Command* container_of(const Command& command);

const Command* find_subcommand(const Command& container, std::string_view name);

}  // namespace parley::broker
