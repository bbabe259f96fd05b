#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bench/parley_bench_wire.h"

namespace parley::bench {

// Names of channels and patterns. Each kind has one length, so that deliveries have one size.

/// `bench.00017`
std::string channel_name(std::string_view prefix, int number);
/// `shape` with N replaced by the number, for patterns that match no channel of a run.
std::string shaped_pattern(std::string_view shape, int number);
/// A pattern that matches every channel of the prefix and differs for each number:
/// `[b00000017]ench.*`
std::string matching_pattern(std::string_view prefix, int number);

/// Subscribes in commands of at most 1000 names and waits for each to be confirmed.
void subscribe_in_bulk(Connection& connection, Wire& wire, Bulk what,
                       const std::vector<std::string>& names, Scratch& scratch);

}  // namespace parley::bench
