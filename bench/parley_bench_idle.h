#pragma once

#include "bench/parley_bench_options.h"
#include "bench/parley_bench_report.h"

namespace parley::bench {

/// Opens --idle subscribers that get nothing, each on a channel of its own (with --channels on so
/// many shared ones), and says what each costs the servers in memory.
void run_idle(const Options& options, Report& report);

}  // namespace parley::bench
