#include "common/stop_signals.h"

#include <csignal>

namespace parley {

StopSignals::StopSignals(Loop& loop, std::function<void(std::string_view)> stop)
    : signals_(loop.io(), SIGINT, SIGTERM) {
  signals_.async_wait([stop = std::move(stop)](const boost::system::error_code& error, int signal) {
    if (!error) stop(signal == SIGINT ? "interrupted" : "asked to terminate");
  });
}

}  // namespace parley
