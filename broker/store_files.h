#pragma once

#include <rocksdb/db.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "broker/store.h"

// What the store and the check of a store have in common. Includes RocksDB: only their .cpp files
// include this.
namespace parley::broker {

inline rocksdb::Slice slice(std::string_view text) {
  return {text.data(), text.size()};
}

/// An open database. Owned by the store.
struct StoreFiles {
  std::unique_ptr<rocksdb::DB> db;
  std::string generation;
};

/// Opens or makes the database and marks it as in use. Throws std::runtime_error with a text for
/// people.
StoreFiles open_store(const StoreOptions& options, Log& log);
/// Opens it again after a failure, in the same run.
rocksdb::Status reopen_store(const StoreOptions& options, Log& log, StoreFiles& files);
/// For an orderly end, when all is synced.
void mark_clean_end(StoreFiles& files);
/// Makes a copy one that begins with new epochs: the original goes on from the same offsets.
/// Returns an error, or nothing.
std::string mark_as_copy(const std::string& directory);

std::vector<Store::Numbered> read_stream_records(rocksdb::DB& db);

/// Throws std::runtime_error if the layout is not the one that this program knows.
void check_version(rocksdb::DB& db, const std::string& directory);
/// The database is in a directory of its own within --data; backups are beside it.
std::string database_directory(const std::string& directory);
rocksdb::Options database_options();

}  // namespace parley::broker
