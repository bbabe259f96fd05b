#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "broker/command.h"
#include "common/resp_request.h"

namespace parley::broker {

/// What one client has queued since MULTI, with copies of the arguments. Its session owns it. What
/// it holds counts against client-query-buffer-limit.
class Transaction {
 public:
  void queue(const Command& command, const resp::Args& args);

  /// A command was refused while queueing: EXEC will run nothing.
  void doom() { doomed_ = true; }
  bool doomed() const { return doomed_; }

  std::size_t size() const { return commands_.size(); }
  const Command& command(std::size_t index) const { return *commands_[index].command; }
  /// Sets `args` to those of one queued command; they refer to memory of the transaction.
  void read_args(std::size_t index, resp::Args& args) const;
  /// How many queued commands `run` will run.
  std::size_t count(void (*run)(Call&)) const;

  /// True if a queued command has this flag.
  bool has(CommandFlags flag) const;

  /// Memory that it holds.
  std::size_t bytes() const;

 private:
  struct Queued {
    const Command* command;
    std::size_t first_argument;
    std::size_t text_begin;
  };

  bool doomed_ = false;
  std::vector<Queued> commands_;
  std::vector<std::size_t> sizes_;  // of all arguments
  std::string text_;                // all arguments, one behind the other
};

}  // namespace parley::broker
