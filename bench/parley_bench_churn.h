#pragma once

#include "bench/parley_bench_options.h"
#include "bench/parley_bench_report.h"

namespace parley::bench {

/// One client subscribes to --churn channels, unsubscribes from all of them, subscribes again and
/// leaves without a word; another client measures meanwhile how long a PING takes.
void run_churn(const Options& options, Report& report);

}  // namespace parley::bench
