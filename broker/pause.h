#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>

#include "broker/command.h"
#include "common/loop.h"

namespace parley::broker {

/// CLIENT PAUSE: for a while commands wait, all of them or those that change or publish something.
/// Who waits is known by the clients themselves; this says whether, and tells when it is over.
/// Owned by the Broker, on its loop.
class Pause {
 public:
  enum class Mode : std::uint8_t { kNone, kWrite, kAll };

  Pause(Loop& loop, std::function<void()> over) : timer_(loop.io()), over_(std::move(over)) {}

  /// One that lasts already becomes no weaker and no shorter.
  void begin(Mode mode, std::chrono::milliseconds duration);
  void end();
  bool holds(const Command& command, const Client& client) const {
    return mode_ != Mode::kNone && holds_now(command, client);
  }

 private:
  bool holds_now(const Command& command, const Client& client) const;

  boost::asio::steady_timer timer_;
  std::function<void()> over_;
  Mode mode_ = Mode::kNone;
};

}  // namespace parley::broker
