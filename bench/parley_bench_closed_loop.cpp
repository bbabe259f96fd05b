#include "bench/parley_bench_closed_loop.h"

#include <algorithm>
#include <chrono>

#include "bench/parley_bench_fleet.h"
#include "bench/parley_bench_round.h"

namespace parley::bench {
namespace {

using namespace std::chrono_literals;

constexpr auto kMemorySample = 100ms;

class ClosedLoop {
 public:
  ClosedLoop(const Options& options, Fleet& fleet, std::size_t frame_bytes)
      : options_(options),
        fleet_(fleet),
        frame_bytes_(frame_bytes),
        servers_(options.server_pids) {}

  void run();
  void report(Report& report) const;

 private:
  struct Look {
    Clock::time_point time;
    std::uint64_t deliveries = 0;
    std::chrono::nanoseconds waited{};
    std::vector<CpuTime> cpu;
  };

  std::uint64_t deliveries() const {
    return frame_bytes_ > 0 ? fleet_.counted_bytes() / frame_bytes_ : tally_.deliveries;
  }
  std::uint64_t done() const { return deliveries() / fleet_.fanout(); }
  Look look() const { return {Clock::now(), deliveries(), fleet_.waited(), servers_.cpu()}; }
  void fill_window(std::uint64_t at_least);
  void step();
  void run_for(double seconds);
  void drain();
  void check_progress(Clock::time_point now);
  void sample_memory(Clock::time_point now);

  const Options& options_;
  Fleet& fleet_;
  std::size_t frame_bytes_;
  ServerCost servers_;
  Tally tally_;
  std::uint64_t messages_max_ = UINT64_MAX;
  Look begin_;
  Look end_;
  // Nothing may stand still, nor a server grow unseen.
  std::uint64_t last_deliveries_ = 0;
  Clock::time_point last_progress_;
  bool arrived_ = false;  // something did in the last step
  Clock::time_point next_sample_;
  std::vector<double> resident_kib_;  // of all servers together, every kMemorySample
};

void ClosedLoop::fill_window(std::uint64_t at_least) {
  const std::uint64_t target = std::min(done() + options_.window, messages_max_);
  if (target >= fleet_.published() + at_least) fleet_.publish(target - fleet_.published());
}

// While deliveries pour in, several messages are published at a stroke: a send for each, as soon
// as the window has room for it, would keep the load busier than the server. When nothing is there
// to be read, all that the window allows goes out before waiting.
void ClosedLoop::step() {
  if (fleet_.poll(0ns, tally_)) {
    fill_window(std::max(1, options_.window / 8));
  } else {
    fill_window(1);
    fleet_.poll(50ms, tally_);
  }
  const auto now = Clock::now();
  check_progress(now);
  if (now >= next_sample_) sample_memory(now);
}

void ClosedLoop::check_progress(Clock::time_point now) {
  const std::uint64_t n = deliveries();
  arrived_ = n != last_deliveries_;
  if (arrived_) {
    last_deliveries_ = n;
    last_progress_ = now;
  } else if (now - last_progress_ > std::chrono::duration<double>(options_.timeout_seconds)) {
    throw BenchError("no delivery for " + std::to_string(options_.timeout_seconds) +
                     " s: " + std::to_string(fleet_.published()) + " messages published, " +
                     std::to_string(n) + " of " +
                     std::to_string(fleet_.published() * fleet_.fanout()) + " deliveries arrived");
  }
}

void ClosedLoop::sample_memory(Clock::time_point now) {
  next_sample_ = now + kMemorySample;
  double sum = 0;
  for (const Memory& memory : servers_.memory()) sum += memory.resident_kib;
  resident_kib_.push_back(sum);
}

void ClosedLoop::drain() {
  messages_max_ = fleet_.published();
  const std::uint64_t wanted = messages_max_ * fleet_.fanout();
  const std::uint64_t replies = fleet_.wire().replies() ? messages_max_ : 0;
  while (deliveries() < wanted || tally_.replies < replies) step();
}

// It ends when something arrives: a slow server may send a whole window in one go, and between two
// of those nothing is there to count.
void ClosedLoop::run_for(double seconds) {
  const auto end = after(seconds);
  do step();
  while (Clock::now() < end || !arrived_);
}

void ClosedLoop::run() {
  fleet_.set_payload(marked_payload(options_.payload_bytes, 0));
  if (frame_bytes_ > 0) fleet_.set_reading(Fleet::Reading::counted);
  last_progress_ = next_sample_ = Clock::now();
  if (options_.messages == 0) run_for(options_.warmup_seconds);
  begin_ = look();
  if (options_.messages == 0) {
    run_for(options_.seconds);
  } else {
    messages_max_ = options_.messages;
    while (done() < options_.messages) step();
  }
  end_ = look();
  drain();
}

void ClosedLoop::report(Report& report) const {
  const double seconds = std::chrono::duration<double>(end_.time - begin_.time).count();
  const auto delivered = static_cast<double>(end_.deliveries - begin_.deliveries);
  report.word("mode", "closed-loop");
  report.number("window", options_.window);
  report.number("fanout", static_cast<double>(fleet_.fanout()));
  report.number("frame_bytes", static_cast<double>(frame_bytes_));
  report.number("seconds", seconds);
  report.number("deliveries", delivered);
  report.number("deliveries_per_second", delivered / seconds);
  report.number("messages_per_second", delivered / static_cast<double>(fleet_.fanout()) / seconds);
  // Near 1 the figures are those of the load generator, not of the server.
  const auto waited = std::chrono::duration<double>(end_.waited - begin_.waited).count();
  report.number("load_busy", 1 - waited / seconds);
  report_cost(report, servers_, begin_.cpu, end_.cpu, delivered);
  if (servers_.known()) report.list("rss_kib_over_time", resident_kib_);
}

}  // namespace

void run_closed_loop(const Options& options, Report& report) {
  const auto wire = make_wire(options);
  Fleet fleet(options, *wire);
  const std::size_t frame_bytes = first_round(fleet, options);
  ClosedLoop loop(options, fleet, frame_bytes);
  loop.run();
  loop.report(report);
  last_round(fleet, options, frame_bytes);
  if (options.stalled > 0) {
    report.number("stalled", options.stalled);
    report.number("stalled_cut_by_server", fleet.stalled_cut());
  }
}

}  // namespace parley::bench
