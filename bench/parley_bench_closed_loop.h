#pragma once

#include "bench/parley_bench_options.h"
#include "bench/parley_bench_report.h"

namespace parley::bench {

/// As fast as the server can with at most `window` messages on their way. A message is done when
/// as many deliveries have arrived as all messages up to it cause. Throws BenchError when a
/// delivery is missing, surplus or of another size.
void run_closed_loop(const Options& options, Report& report);

}  // namespace parley::bench
