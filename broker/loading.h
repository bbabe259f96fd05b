#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "broker/command.h"
#include "broker/history.h"
#include "broker/store.h"
#include "broker/stream_needs.h"

namespace parley::broker {

/// Brings back entries that are on disk alone, for commands that need them.
///
/// A command is looked at before it runs: if something that it needs is missing, its client is
/// held, the store reads all of that off the loop, and then the command is looked at again. So no
/// command sees half of a range, replies keep their order, and a transaction has all that it needs
/// at once.
///
/// Owned by the Broker, on its loop.
class Loading {
 public:
  /// While commands wait, memory may exceed --history-memory by so much: what was brought back for
  /// one must not be driven out by another before it ran.
  static constexpr std::uint64_t kSlackBytes = Store::kLoadedBytesMax;

  explicit Loading(Broker& broker, Store& store) : broker_(broker), store_(store) {}

  enum class Need : std::uint8_t { kNothing, kWait, kFailed };
  /// What the command needs before it can run. kWait: the client must be held; it is run again by
  /// itself. kFailed: error() is the reply.
  Need look_at(Client& client, const Command& command, const resp::Args& args);
  const std::string& error() const { return error_; }

  /// To be called when the store has written something, or has failed.
  void look_again();
  /// True while a command waits for a reading.
  bool busy() const { return !asked_at_.empty(); }
  /// What was changed after this commit may differ from what is being read.
  std::uint64_t oldest_read() const { return asked_at_.front(); }

 private:
  struct Asked {
    int db;
    std::string name;
    StreamNumber number;
    std::optional<Gap> gap;  // none: message-ids
  };
  struct Search;

  void ask(std::uint64_t client, std::vector<Asked> asked);
  void done(std::uint64_t client, const std::vector<Asked>& asked, Store::Loaded loaded);
  std::string error_of(const Store::Loaded& loaded) const;

  Broker& broker_;
  Store& store_;
  boost::unordered_flat_map<std::uint64_t, std::string> errors_;  // by client, for its next try
  boost::unordered_flat_map<std::uint64_t, std::size_t>
      brought_;  // bytes, by client, for one command
  boost::unordered_flat_set<std::uint64_t> waiting_;
  boost::unordered_flat_set<std::uint64_t> postponed_;  // until something is written
  std::deque<std::uint64_t> asked_at_;  // the last commit when each reading was asked for
  std::string error_;
};

}  // namespace parley::broker
