#pragma once

#include <rocksdb/db.h>

#include <vector>

#include "broker/store.h"

namespace parley::broker {

/// Reads what is wanted, each from an iterator of its own. On any thread but the loop's: it waits
/// for the disk.
Store::Loaded read_contents(rocksdb::DB& db, const std::vector<Store::Wanted>& wanted,
                            std::size_t bytes_max);

}  // namespace parley::broker
