#pragma once

#include <cstddef>

#include "bench/parley_bench_fleet.h"

namespace parley::bench {

// A round is one marked message on every channel, read by parsing on every receiver. The first
// finds out how large a delivery is, the last proves that counting by that size stayed in step.

/// Repeats rounds until everybody got one whole (a chat server may confirm a join before messages
/// flow). Returns the size of a delivery, 0 for wires without a fixed size. Throws BenchError.
std::size_t first_round(Fleet& fleet, const Options& options);

/// To be called when every delivery has arrived: that nothing is left over, and each receiver got
/// exactly its share. `frame_bytes` as first_round() returned it.
void last_round(Fleet& fleet, const Options& options, std::size_t frame_bytes);

}  // namespace parley::bench
