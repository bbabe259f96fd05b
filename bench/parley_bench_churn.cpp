#include "bench/parley_bench_churn.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "bench/parley_bench_names.h"

namespace parley::bench {
namespace {

using namespace std::chrono_literals;

constexpr auto kPingPause = 500us;
constexpr double kLeaveSeconds = 1;  // how long the bystander watches a leave at least

// The second client: a thread of its own, so that the first one's parsing delays no ping. It owns
// its connection; the phase it records to is the only thing shared, under a mutex that is taken
// once a ping.
class Bystander {
 public:
  Bystander(const Options& options, Wire& wire)
      : proto_(options.proto),
        wire_(wire),
        connection_({options.host, options.port, 0}, "bystander", options.timeout_seconds) {
    wire_.join(connection_, {"", 0, false}, scratch_);
    thread_ = std::jthread([this](std::stop_token stop) { run(stop); });
  }

  /// Ends a phase: what was measured since the last call.
  Histogram take() {
    const std::scoped_lock lock(mutex_);
    if (!error_.empty()) throw BenchError(error_);
    Histogram taken = pings_;
    pings_ = {};
    return taken;
  }

 private:
  void run(const std::stop_token& stop) {
    try {
      while (!stop.stop_requested()) {
        const auto taken = ping();
        {
          const std::scoped_lock lock(mutex_);
          pings_.add(taken);
        }
        std::this_thread::sleep_for(kPingPause);
      }
    } catch (const BenchError& error) {
      const std::scoped_lock lock(mutex_);
      error_ = error.what();
    }
  }

  Clock::duration ping() {
    const auto start = Clock::now();
    connection_.send_all(proto_ == Proto::nats ? "PING\r\n" : "*1\r\n$4\r\nPING\r\n");
    Tally tally;
    const auto deadline = after(connection_.timeout_seconds());
    while (tally.replies + tally.confirmations == 0) {
      if (!connection_.wait_readable(deadline)) connection_.fail("a PING was not answered");
      read_into(connection_, wire_, tally, tally.answers, scratch_);
      if (!tally.first_error.empty()) connection_.fail(tally.first_error);
    }
    return Clock::now() - start;
  }

  Proto proto_;
  Wire& wire_;
  Scratch scratch_;
  Connection connection_;
  std::mutex mutex_;
  Histogram pings_;    // guarded
  std::string error_;  // guarded
  std::jthread thread_;
};

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace

void run_churn(const Options& options, Report& report) {
  const ServerCost servers(options.server_pids);
  const auto wire = make_wire(options);
  std::vector<std::string> names;
  for (int i = 0; i < options.churn; ++i) names.push_back(channel_name(options.channel_prefix, i));
  Scratch scratch;
  std::optional<Connection> client;
  client.emplace(Connection::Target{options.host, options.port, 0}, "churner",
                 options.timeout_seconds);
  wire->join(*client, {"", 0, false}, scratch);
  const auto wire_of_bystander = make_wire(options);
  Bystander bystander(options, *wire_of_bystander);

  std::this_thread::sleep_for(500ms);
  const Histogram quiet = bystander.take();
  const auto cpu_before = servers.cpu();
  auto start = Clock::now();
  subscribe_in_bulk(*client, *wire, Bulk::subscribe, names, scratch);
  const double subscribe_seconds = seconds_since(start);
  start = Clock::now();
  subscribe_in_bulk(*client, *wire, Bulk::unsubscribe, names, scratch);
  const double unsubscribe_seconds = seconds_since(start);
  const auto cpu_after = servers.cpu();
  const Histogram churning = bystander.take();

  subscribe_in_bulk(*client, *wire, Bulk::subscribe, names, scratch);
  bystander.take();
  client.reset();
  // A server that stalls answers the next ping late, and then it is recorded.
  Histogram leaving;
  const auto deadline = after(options.timeout_seconds + 1);
  start = Clock::now();
  do {
    std::this_thread::sleep_for(std::chrono::duration<double>(kLeaveSeconds));
    leaving = bystander.take();
  } while (leaving.count() == 0 && Clock::now() < deadline);

  report.word("mode", "churn");
  report.number("channels", options.churn);
  report.number("subscribe_seconds", subscribe_seconds);
  report.number("unsubscribe_seconds", unsubscribe_seconds);
  report.number("churn_seconds", subscribe_seconds + unsubscribe_seconds);
  report.percentiles("ping_quiet_us", quiet);
  report.percentiles("ping_churn_us", churning);
  report.percentiles("ping_leave_us", leaving);
  report_cost(report, servers, cpu_before, cpu_after, 0);
}

}  // namespace parley::bench
