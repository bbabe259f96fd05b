#include "chatserver/workers.h"

#include <boost/asio/post.hpp>
#include <optional>
#include <thread>

#include "chatserver/server.h"
#include "common/loop.h"
#include "common/stop_signals.h"

namespace parley::chat {

struct Workers::Worker {
  Worker(Log& log, const Options& options, Shared& shared, std::size_t place)
      : server(loop, log, options, shared, place) {}

  Loop loop;
  Server server;
};

Workers::Workers(Log& log, const Options& options)
    : log_(log), shared_(std::make_unique<Shared>(options)) {
  Options same_port = options;
  for (std::uint32_t i = 0; i < options.workers; ++i) {
    workers_.push_back(std::make_unique<Worker>(log, same_port, *shared_, i));
    same_port.port = workers_.front()->server.port();
  }
}

Workers::~Workers() = default;

std::string Workers::address() const {
  return workers_.front()->server.address();
}

void Workers::run() {
  std::optional<StopSignals> again;
  const StopSignals signals(workers_.front()->loop, [&](std::string_view why) {
    log_.info("stopping: {}", why);
    again.emplace(workers_.front()->loop, [this](std::string_view) { stop(); });
    stop();
  });
  std::vector<std::jthread> threads;
  for (const auto& worker : workers_) worker->server.start();
  log_.info("listening on {}", address());
  for (std::size_t i = 1; i < workers_.size(); ++i) {
    threads.emplace_back([&loop = workers_[i]->loop] { loop.run(); });
  }
  workers_.front()->loop.run();
}

void Workers::stop() {
  for (const auto& worker : workers_) {
    boost::asio::post(worker->loop.io(), [&server = worker->server] { server.stop(); });
  }
}

}  // namespace parley::chat
