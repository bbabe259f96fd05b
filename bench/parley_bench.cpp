// parley-bench: load for servers that speak the Redis protocol, NATS, or chat over WebSocket, and
// what that load cost them. The method is in bench/README.md.

#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>

#include "bench/parley_bench_churn.h"
#include "bench/parley_bench_closed_loop.h"
#include "bench/parley_bench_connection.h"
#include "bench/parley_bench_idle.h"
#include "bench/parley_bench_open_loop.h"

namespace parley::bench {
namespace {

/// The last resort against a run without end: every wait has a limit of its own.
void end_by_deadline(double seconds) {
  std::signal(SIGALRM, [](int) {
    constexpr char kText[] = "parley-bench: not done within --deadline, gave up\n";
    [[maybe_unused]] const auto n = ::write(STDERR_FILENO, kText, sizeof kText - 1);
    ::_exit(3);
  });
  ::alarm(static_cast<unsigned>(seconds) + 1);
}

void allow_many_files() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

void run(const Options& options, Report& report) {
  if (options.churn > 0) return run_churn(options, report);
  if (options.idle > 0) return run_idle(options, report);
  if (options.rate > 0) return run_open_loop(options, report);
  run_closed_loop(options, report);
}

int main_with(const Options& options) {
  end_by_deadline(options.deadline_seconds);
  allow_many_files();
  Report report;
  try {
    run(options, report);
  } catch (const BenchError& error) {
    Report failure;
    failure.word("error", error.what());
    if (options.json) std::fputs(failure.json().c_str(), stdout);
    std::fprintf(stderr, "parley-bench: %s\n", error.what());
    return 1;
  }
  std::fputs((options.json ? report.json() : report.text()).c_str(), stdout);
  return 0;
}

}  // namespace
}  // namespace parley::bench

int main(int argc, char** argv) {
  int exit_code = 0;
  const auto options = parley::bench::read_options(argc, argv, exit_code);
  return options ? parley::bench::main_with(*options) : exit_code;
}
