#include "bench/parley_bench_open_loop.h"

#include <sys/prctl.h>

#include <algorithm>
#include <chrono>

#include "bench/parley_bench_fleet.h"
#include "bench/parley_bench_round.h"

namespace parley::bench {
namespace {

using Nanoseconds = std::chrono::nanoseconds;

/// Records the age of every delivery sent since `from`.
class AgeTally : public Tally {
 public:
  explicit AgeTally(Clock::time_point from) : from_(from) {}

  void delivery(std::string_view body, std::size_t) override {
    ++deliveries;
    const auto sent = sent_at(body);
    if (!sent) {
      error("a delivery without its time");
    } else if (*sent >= from_) {
      ages.add(Clock::now() - *sent);
    }
  }

  Histogram ages;

 private:
  Clock::time_point from_;
};

/// Messages at even distances; a late one does not move the next.
class Pace {
 public:
  Pace(double rate, Clock::time_point start) : rate_(rate), start_(start) {}
  Clock::time_point due() const {
    return start_ + std::chrono::duration_cast<Clock::duration>(
                        std::chrono::duration<double>(static_cast<double>(n_) / rate_));
  }
  void next() { ++n_; }

 private:
  double rate_;
  Clock::time_point start_;
  std::uint64_t n_ = 0;
};

void drain(Fleet& fleet, const Options& options, AgeTally& tally) {
  const std::uint64_t wanted = fleet.published() * fleet.fanout();
  const auto deadline = after(options.timeout_seconds);
  while (tally.deliveries < wanted && Clock::now() < deadline) {
    fleet.poll(deadline - Clock::now(), tally);
  }
  if (tally.deliveries == wanted) return;
  throw BenchError(std::to_string(tally.deliveries) + " deliveries arrived, not " +
                   std::to_string(wanted));
}

}  // namespace

void run_open_loop(const Options& options, Report& report) {
  ::prctl(PR_SET_TIMERSLACK, 1000, 0, 0, 0);  // 1 us: the pace must not wait for the kernel
  const auto wire = make_wire(options);
  Fleet fleet(options, *wire);
  first_round(fleet, options);
  const ServerCost servers(options.server_pids);

  const auto start = Clock::now();
  const auto measured = after(options.warmup_seconds);
  const auto end = measured + std::chrono::duration_cast<Clock::duration>(
                                  std::chrono::duration<double>(options.seconds));
  AgeTally tally(measured);
  Histogram lateness;
  Pace pace(options.rate, start);
  std::vector<CpuTime> before;
  std::uint64_t deliveries_before = 0;
  while (pace.due() < end) {
    const auto now = Clock::now();
    if (before.empty() && now >= measured) {
      before = servers.cpu();
      deliveries_before = tally.deliveries;
    }
    if (now < pace.due()) {
      fleet.poll(pace.due() - now, tally);
      continue;
    }
    if (now >= measured) lateness.add(now - pace.due());
    fleet.set_payload(stamped_payload(options.payload_bytes, Clock::now()));
    fleet.publish(1);
    pace.next();
    fleet.poll(Nanoseconds{0}, tally);
  }
  drain(fleet, options, tally);
  const auto cpu = servers.cpu();
  const auto delivered = static_cast<double>(tally.deliveries - deliveries_before);

  report.word("mode", "open-loop");
  report.number("rate", options.rate);
  report.number("fanout", static_cast<double>(fleet.fanout()));
  report.number("deliveries", static_cast<double>(tally.ages.count()));
  report.percentiles("latency_us", tally.ages);
  report.percentiles("sent_late_us", lateness);
  report_cost(report, servers, before.empty() ? cpu : before, cpu, delivered);
}

}  // namespace parley::bench
