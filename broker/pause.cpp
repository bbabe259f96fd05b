#include "broker/pause.h"

#include <algorithm>

#include "broker/client.h"
#include "broker/commands.h"

namespace parley::broker {

namespace {

// What Redis would pass on to a replica.
bool writes(const Command& command) {
  return (command.flags & kWrite) || command.run == run_publish || command.run == run_spublish;
}

bool writes(const Transaction& transaction) {
  for (std::size_t i = 0; i < transaction.size(); ++i) {
    if (writes(transaction.command(i))) return true;
  }
  return false;
}

}  // namespace

void Pause::begin(Mode mode, std::chrono::milliseconds duration) {
  const auto ends_at = Loop::Clock::now() + duration;
  const bool lasts = mode_ != Mode::kNone;
  mode_ = std::max(mode_, mode);
  if (lasts && timer_.expiry() >= ends_at) return;
  timer_.expires_at(ends_at);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) end();
  });
}

void Pause::end() {
  mode_ = Mode::kNone;
  timer_.cancel();
  over_();
}

// CLIENT UNPAUSE always runs, or nobody could end a pause early.
bool Pause::holds_now(const Command& command, const Client& client) const {
  if (command.run == run_client_unpause) return false;
  if (mode_ == Mode::kAll) return true;
  const Transaction* transaction = client.session().transaction.get();
  if (command.run == run_exec) return transaction && writes(*transaction);
  return !transaction && writes(command);
}

}  // namespace parley::broker
