#include "broker/command_description.h"

#include "common/text.h"

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

// Redis's own list, also of what this broker has no command for.
constexpr std::string_view kCategories[] = {
    "keyspace", "read",   "write",       "set",       "sortedset",  "list",        "hash",
    "string",   "bitmap", "hyperloglog", "geo",       "stream",     "pubsub",      "admin",
    "fast",     "slow",   "blocking",    "dangerous", "connection", "transaction", "scripting"};

}  // namespace

std::vector<std::string_view> flag_names(const Command& command) {
  std::vector<std::string_view> names;
  for (const FlagName& entry : kFlagNames) {
    if (command.flags & entry.flag) names.push_back(entry.name);
  }
  return names;
}

std::span<const std::string_view> acl_categories() {
  return kCategories;
}

bool in_acl_category(const Command& command, std::string_view category) {
  const auto has = [&](std::uint32_t flags) { return (command.flags & flags) != 0; };
  const bool is_container = command.run == nullptr;
  if (category == "keyspace") {
    return has(kReadonly | kWrite) && (command.group == "generic" || command.group == "server");
  }
  if (category == "read") return has(kReadonly) && !has(kAdmin);
  if (category == "write") return has(kWrite) && !has(kAdmin);
  if (category == "stream") return command.group == "stream" && !is_container;
  if (category == "pubsub") return has(kPubsub);
  if (category == "admin") return has(kAdmin | kAdminCategory);
  if (category == "fast") return has(kFast);
  if (category == "slow") return !has(kFast);
  if (category == "blocking") return has(kBlocking);
  if (category == "dangerous") return has(kAdmin | kAdminCategory | kDangerous);
  if (category == "connection") {
    return has(kConnectionCategory) || (command.group == "connection" && !is_container);
  }
  if (category == "transaction") return command.group == "transactions";
  return category == "scripting" && command.group == "scripting" && !is_container;
}

std::vector<std::string_view> acl_categories_of(const Command& command) {
  std::vector<std::string_view> categories;
  for (const std::string_view category : kCategories) {
    if (in_acl_category(command, category)) categories.push_back(category);
  }
  return categories;
}

namespace {

struct KeyFlags {
  std::string_view command;
  std::string_view access;
  std::string_view change = {};
};

// Where it is not "RW update" for a command that writes and "RO access" for one that reads.
constexpr KeyFlags kKeyFlags[] = {
    {"del", "RM", "delete"},    {"exists", "RO"}, {"touch", "RO"},          {"type", "RO"},
    {"unlink", "RM", "delete"}, {"watch", "RO"},  {"xdel", "RW", "delete"}, {"xlen", "RO"},
    {"xtrim", "RW", "delete"},
};

// XREAD: behind STREAMS stand the keys, then as many IDs.
std::vector<std::size_t> places_behind_streams(std::span<const std::string_view> args) {
  std::vector<std::size_t> places;
  for (std::size_t i = 1; i < args.size(); ++i) {
    if (!equals_ignoring_case(args[i], "streams")) continue;
    const std::size_t keys = (args.size() - i - 1) / 2;
    for (std::size_t key = 0; key < keys; ++key) places.push_back(i + 1 + key);
    break;
  }
  return places;
}

}  // namespace

std::vector<std::string_view> key_flags_of(const Command& command) {
  if (command.keys.first == 0 && !(command.flags & kMovableKeys)) return {};
  if (command.flags & kPubsub) return {"not_key"};
  for (const KeyFlags& flags : kKeyFlags) {
    if (flags.command != command.name) continue;
    if (flags.change.empty()) return {flags.access};
    return {flags.access, flags.change};
  }
  if (command.flags & kWrite) return {"RW", "update"};
  return {"RO", "access"};
}

std::vector<std::size_t> key_places(const Command& command,
                                    std::span<const std::string_view> args) {
  if (command.flags & kMovableKeys) return places_behind_streams(args);
  std::vector<std::size_t> places;
  if (command.keys.first == 0) return places;
  const auto count = static_cast<int>(args.size());
  const int last = command.keys.last < 0 ? count + command.keys.last : command.keys.last;
  for (int i = command.keys.first; i <= last && i < count; i += command.keys.step) {
    places.push_back(static_cast<std::size_t>(i));
  }
  return places;
}

}  // namespace parley::broker
