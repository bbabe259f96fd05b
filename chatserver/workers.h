#pragma once

#include <memory>
#include <string>
#include <vector>

#include "chatserver/options.h"
#include "common/log.h"

namespace parley::chat {

struct Shared;

/// Independent copies of the whole server in one process, a thread each, on one port. They share
/// the log and what is in Shared; the kernel spreads the connections.
class Workers {
 public:
  /// Makes them all and binds the port. Throws std::runtime_error when something of the options is
  /// not possible.
  Workers(Log& log, const Options& options);
  ~Workers();

  std::string address() const;
  std::size_t size() const { return workers_.size(); }

  /// Serves until the program is asked to stop. The first worker uses the calling thread.
  void run();

 private:
  struct Worker;

  void stop();

  Log& log_;
  std::unique_ptr<Shared> shared_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace parley::chat
