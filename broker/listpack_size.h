#pragma once

#include <cstdint>

#include "broker/entry.h"

// How many bytes entries would take in Redis's listpack: that is what stream-node-max-bytes counts,
// so what trimming with `~` removes depends on it. Follows Redis 7's listpack.c and t_stream.c, but
// for the byte more that the count takes in a node of more than 127 entries.
namespace parley::broker::listpack {

/// An empty node whose first entry has these words: listpack header and end, the counts, and the
/// names of the fields, which later entries with the same ones need not repeat.
std::uint64_t header_size(Words words);

/// One entry. `distance` is how far its ID is from that of the node, part by part, modulo 2^64.
std::uint64_t entry_size(StreamId distance, Words words, bool same_fields);

}  // namespace parley::broker::listpack
