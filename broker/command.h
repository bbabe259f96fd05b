#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "broker/stream_needs.h"
#include "common/resp_request.h"
#include "common/resp_writer.h"

namespace parley::broker {

class Broker;
class Client;
struct Command;

/// One command being run.
struct Call {
  Broker& broker;
  Client& client;
  const Command& command;
  const resp::Args& args;  // args[0] is the name as typed
  resp::Writer& reply;
  bool may_block = true;  // false for a command of a transaction: it never waits
};

/// The error text that most commands share.
inline constexpr std::string_view kSyntaxError = "ERR syntax error";

/// What is true of a command, as COMMAND shows it.
enum CommandFlags : std::uint32_t {
  kWrite = 1 << 0,
  kReadonly = 1 << 1,
  kDenyOom = 1 << 2,
  kAdmin = 1 << 3,
  kPubsub = 1 << 4,
  kNoscript = 1 << 5,
  kBlocking = 1 << 6,
  kLoading = 1 << 7,
  kStale = 1 << 8,
  kSkipSlowlog = 1 << 9,
  kFast = 1 << 10,
  kNoAuth = 1 << 11,
  kAllowBusy = 1 << 12,
  kMovableKeys = 1 << 13,
  // Not shown by COMMAND:
  kInSubscriberMode = 1 << 20,  // runs in a RESP2 connection that is subscribed
  kNotQueued = 1 << 21,         // runs at once in a transaction
  kNotInTransaction = 1 << 22,  // refused in a transaction
  kDangerous = 1 << 23,         // of the ACL category, though not for administrators
  kConnectionCategory = 1 << 24,
  kAdminCategory = 1 << 25,
};

struct Argument {
  std::string_view name = {};
  std::string_view token = {};  // a word that stands in front of it, or instead of it
  bool optional = false;
  bool multiple = false;
};

struct KeyPositions {
  int first = 0;
  int last = 0;
  int step = 0;
};

/// One line of the command table: the only place that says what a command is. COMMAND, COMMAND
/// DOCS, HELP and the arity check read it.
struct Command {
  std::string_view name;  // lower case
  int arity = 0;          // with the name; negative: at least
  std::uint32_t flags = 0;
  void (*run)(Call&) = nullptr;  // null for a command that has subcommands
  std::string_view summary = {};
  std::span<const Argument> arguments = {};
  std::string_view group = "connection";
  std::string_view since = "1.0.0";
  std::string_view complexity = "O(1)";
  KeyPositions keys = {};
  std::span<const Command> subcommands = {};
  /// Adds what the command will look at in streams; null: nothing but what is always in memory.
  void (*needs)(Call&, StreamNeeds&) = nullptr;

  bool accepts(std::size_t arguments_with_name) const {
    const auto n = static_cast<int>(arguments_with_name);
    return arity >= 0 ? n == arity : n >= -arity;
  }
};

/// "client|id" for a subcommand, "ping" for a command.
std::string full_name(const Command* container, const Command& command);

/// "PUBLISH channel message", in upper case, from the list of arguments.
std::string usage(const Command* container, const Command& command);

}  // namespace parley::broker
