#include <memory>
#include <vector>

#include "broker/broker.h"
#include "broker/options.h"
#include "common/listener.h"
#include "common/program.h"
#include "common/stop_signals.h"

namespace {

using namespace parley;

int run(const broker::Options& options) {
  const auto log = make_log("broker", options.log);
  Loop loop;
  broker::Broker broker(loop, *log, options);
  std::vector<std::unique_ptr<Listener>> listeners;
  const StopSignals signals(loop, [&](std::string_view why) {
    log->info("stopping: {}", why);
    for (const auto& listener : listeners) listener->close();
    broker.stop();
  });
  for (const std::string& address : options.bind) {
    listeners.push_back(std::make_unique<Listener>(loop, ListenerOptions{address, options.port}));
    listeners.back()->start(
        [&broker](Listener::Socket socket) { broker.accept(std::move(socket)); });
    log->info("listening on {} (Redis protocol; redis-cli -p {}, or telnet and HELP)",
              listeners.back()->address(), listeners.back()->port());
  }
  broker.set_port(listeners.front()->port());
  log->info("parley-broker {}: history, password and TLS are off", kVersion);
  loop.run();
  log->info("stopped");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return run_program("parley-broker", [&] { return run(broker::parse_options(argc, argv)); });
}
