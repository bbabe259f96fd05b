#include "bench/parley_bench_idle.h"

#include <deque>
#include <thread>

#include "bench/parley_bench_names.h"

namespace parley::bench {
namespace {

double resident_kib(const ServerCost& servers) {
  double sum = 0;
  for (const Memory& memory : servers.memory()) sum += memory.resident_kib;
  return sum;
}

void rest(double seconds) {
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
}

}  // namespace

void run_idle(const Options& options, Report& report) {
  const ServerCost servers(options.server_pids);
  if (!servers.known()) throw BenchError("--idle needs --server-pid");
  const auto wire = make_wire(options);
  const int channels = options.channels_given ? options.channels : options.idle;
  Scratch scratch;
  std::deque<Connection> clients;

  const double before = resident_kib(servers);
  const auto start = Clock::now();
  for (int i = 0; i < options.idle; ++i) {
    Connection& client =
        clients.emplace_back(Connection::Target{options.host, options.port, 0},
                             "idle subscriber " + std::to_string(i), options.timeout_seconds);
    wire->join(client, {channel_name(options.channel_prefix, i % channels), i, true}, scratch);
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  rest(1);  // what was freed is given back, what is lazy is done
  const double with_clients = resident_kib(servers);
  const auto cpu_before = servers.cpu();
  rest(options.seconds);
  const auto cpu_after = servers.cpu();

  report.word("mode", "idle");
  report.number("clients", options.idle);
  report.number("channels", channels);
  report.number("joined_in_seconds", seconds);
  report.number("rss_kib_before", before);
  report.number("rss_kib_with_clients", with_clients);
  report.number("rss_kib_per_client", (with_clients - before) / options.idle);
  report.number("idle_seconds", options.seconds);
  report_cost(report, servers, cpu_before, cpu_after, 0);
}

}  // namespace parley::bench
