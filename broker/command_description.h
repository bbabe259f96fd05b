#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "broker/command.h"

namespace parley::broker {

/// The flags of a command as COMMAND INFO names them.
std::vector<std::string_view> flag_names(const Command& command);

/// All categories of ACL CAT, without "@".
std::span<const std::string_view> acl_categories();
/// Those that a command belongs to.
std::vector<std::string_view> acl_categories_of(const Command& command);
bool in_acl_category(const Command& command, std::string_view category);

/// What it does to its keys, as COMMAND INFO names it; empty if it has none.
std::vector<std::string_view> key_flags_of(const Command& command);

/// The keys among the arguments of a request, by their places in `args`, of which the first is the
/// name of the command (of the container, for a subcommand).
std::vector<std::size_t> key_places(const Command& command, std::span<const std::string_view> args);

}  // namespace parley::broker
