#pragma once

#include <boost/asio/signal_set.hpp>
#include <functional>
#include <string_view>

#include "common/loop.h"

namespace parley {

/// Calls back, on the loop, when the program is asked to stop by SIGINT or SIGTERM. To be made
/// before the program says that it is ready.
class StopSignals {
 public:
  /// `stop` gets "interrupted" or "asked to terminate"; it is called once.
  StopSignals(Loop& loop, std::function<void(std::string_view)> stop);

 private:
  boost::asio::signal_set signals_;
};

}  // namespace parley
