#include <memory>
#include <optional>
#include <vector>

#include "broker/broker.h"
#include "broker/metrics.h"
#include "broker/options.h"
#include "common/listener.h"
#include "common/metrics_server.h"
#include "common/program.h"
#include "common/stop_signals.h"

namespace {

using namespace parley;

int run(const broker::Options& options) {
  if (options.check) return broker::check_store(options.store.directory);
  const auto log = make_log("broker", options.log);
  Loop loop;
  broker::Broker broker(loop, *log, options);
  std::vector<std::unique_ptr<Listener>> listeners;
  std::optional<MetricsServer> metrics;
  const StopSignals signals(loop, [&](std::string_view why) {
    log->info("stopping: {}", why);
    for (const auto& listener : listeners) listener->close();
    if (metrics) metrics->close();
    broker.stop();
  });
  if (options.metrics_port) {
    metrics.emplace(loop, ListenerOptions{options.bind.front(), *options.metrics_port},
                    [&broker] { return broker::metrics_text(broker); });
    log->info("metrics at http://{}/metrics", metrics->address());
  }
  for (const std::string& address : options.bind) {
    listeners.push_back(std::make_unique<Listener>(loop, ListenerOptions{address, options.port}));
    listeners.back()->start(
        [&broker](Listener::Socket socket) { broker.accept(std::move(socket)); });
    log->info("listening on {} (Redis protocol; redis-cli -p {}, or telnet and HELP)",
              listeners.back()->address(), listeners.back()->port());
  }
  broker.set_port(listeners.front()->port());
  log->info("parley-broker {}: {}, TLS is off, the password is {}", kVersion,
            broker::describe(options.store), options.password.empty() ? "off" : "on");
  loop.run();
  log->info("stopped");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return run_program("parley-broker", [&] { return run(broker::parse_options(argc, argv)); });
}
