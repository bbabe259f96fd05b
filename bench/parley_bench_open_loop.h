#pragma once

#include "bench/parley_bench_options.h"
#include "bench/parley_bench_report.h"

namespace parley::bench {

/// --rate messages per second whatever the server does, each with the time of its sending, and how
/// long every delivery took. Throws BenchError when a delivery does not arrive.
void run_open_loop(const Options& options, Report& report);

}  // namespace parley::bench
