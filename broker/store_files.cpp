#include "broker/store_files.h"

#include <rocksdb/cache.h>
#include <rocksdb/table.h>

#include <cstdarg>
#include <cstdio>
#include <filesystem>
#include <random>
#include <stdexcept>

namespace parley::broker {

namespace {

constexpr std::string_view kVersionKey = "v";
constexpr std::string_view kLayout = "1";
constexpr std::string_view kStateKey = "s";  // how the last run ended
constexpr std::string_view kGenerationKey = "g";
constexpr std::string_view kClean = "clean";
constexpr std::string_view kSafe = "running";  // under `always`: what was told is there
constexpr std::string_view kUnsafe = "running-unsynced";

constexpr std::size_t kWriteBufferBytes = 32ULL << 20;
constexpr std::size_t kBlockCacheBytes = 16ULL << 20;
constexpr int kOpenFilesMax = 256;

/// Takes RocksDB's warnings and errors into our log.
class WarningsOnly : public rocksdb::Logger {
 public:
  explicit WarningsOnly(Log& log) : rocksdb::Logger(rocksdb::InfoLogLevel::WARN_LEVEL), log_(log) {}
  using rocksdb::Logger::Logv;
  void Logv(const rocksdb::InfoLogLevel level, const char* format, va_list args) override {
    if (level < GetInfoLogLevel()) return;
    Logv(format, args);
  }
  void Logv(const char* format, va_list args) override {
    char text[1024];
    std::vsnprintf(text, sizeof text, format, args);
    log_.warn("RocksDB: {}", text);
  }

 private:
  Log& log_;
};

std::string random_word() {
  std::random_device random;
  char text[17];
  std::snprintf(text, sizeof text, "%08x%08x", random(), random());
  return text;
}

[[noreturn]] void refuse(const StoreOptions& options, const rocksdb::Status& status) {
  const std::string why = status.ToString();
  const std::string directory = "'" + options.directory + "'";
  if (status.IsIOError() && why.find("lock") != std::string::npos) {
    throw std::runtime_error("another broker uses the data directory " + directory +
                             "; stop it, or give this one a directory of its own with --data (" +
                             why + ")");
  }
  if (status.IsCorruption()) {
    throw std::runtime_error(
        "the data in " + directory + " is damaged: " + why +
        ". Nothing was changed. parley-broker --data DIR --check tells what can be read; put a "
        "backup in its place, or begin anew with an empty directory");
  }
  throw std::runtime_error("cannot open the data directory " + directory + ": " + why +
                           ". It must be a directory that this user may write to, on a disk with "
                           "room");
}

// First without any tolerance: what a crash has cut off is told before it is passed over. Damage
// that is not at the end of the log stops both.
rocksdb::Status open(const StoreOptions& options, Log& log, std::unique_ptr<rocksdb::DB>& opened,
                     bool& was_cut) {
  const std::string directory = database_directory(options.directory);
  rocksdb::Options database = database_options();
  database.info_log = std::make_shared<WarningsOnly>(log);
  database.wal_recovery_mode = rocksdb::WALRecoveryMode::kAbsoluteConsistency;
  rocksdb::DB* db = nullptr;
  rocksdb::Status status = rocksdb::DB::Open(database, directory, &db);
  if (status.IsCorruption()) {
    const std::string why = status.ToString();
    database.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
    status = rocksdb::DB::Open(database, directory, &db);
    was_cut = status.ok();
    if (was_cut) {
      log.warn(
          "the history in '{}' ended in a write that was cut off ({}); it was taken back to the "
          "last whole one",
          options.directory, why);
    }
  }
  opened.reset(db);
  return status;
}

std::string read(rocksdb::DB& db, std::string_view key) {
  std::string value;
  const rocksdb::Status status = db.Get({}, slice(key), &value);
  if (!status.ok() && !status.IsNotFound()) throw std::runtime_error(status.ToString());
  return value;
}

rocksdb::Status write(rocksdb::DB& db, std::string_view key, std::string_view value) {
  rocksdb::WriteOptions synced;
  synced.sync = true;
  return db.Put(synced, slice(key), slice(value));
}

// A new generation, and so new epochs, if entries may have been seen and then lost.
std::string begin_run(rocksdb::DB& db, const StoreOptions& options, Log& log, bool was_cut) {
  const std::string state = read(db, kStateKey);
  std::string generation = read(db, kGenerationKey);
  rocksdb::WriteBatch marks;
  const bool may_have_lost = state == kUnsafe || was_cut;
  if (may_have_lost || generation.empty()) {
    generation = random_word();
    marks.Put(slice(kGenerationKey), generation);
  }
  if (may_have_lost) {
    log.warn("the last entries of the last run may be lost: every stream gets a new epoch");
  } else if (state == kSafe) {
    log.info("the last run did not end in order; every acknowledged entry is there");
  }
  marks.Put(slice(kVersionKey), slice(kLayout));
  marks.Put(slice(kStateKey), slice(options.fsync == Fsync::kAlways ? kSafe : kUnsafe));
  rocksdb::WriteOptions synced;
  synced.sync = true;
  const rocksdb::Status status = db.Write(synced, &marks);
  if (!status.ok()) refuse(options, status);
  return generation;
}

}  // namespace

std::string database_directory(const std::string& directory) {
  return directory + "/streams";
}

rocksdb::Options database_options() {
  rocksdb::Options database;
  database.create_if_missing = true;
  database.paranoid_checks = true;
  // What is young is soon written again, in order: only what is old is worth compressing.
  database.compression_per_level = {rocksdb::kNoCompression, rocksdb::kNoCompression,
                                    rocksdb::kLZ4Compression};
  database.allow_concurrent_memtable_write = false;
  database.write_buffer_size = kWriteBufferBytes;
  database.max_total_wal_size = 4 * kWriteBufferBytes;
  database.max_open_files = kOpenFilesMax;
  database.keep_log_file_num = 2;
  database.bytes_per_sync = 1 << 20;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(kBlockCacheBytes);
  table.format_version = 5;
  database.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return database;
}

void check_version(rocksdb::DB& db, const std::string& directory) {
  const std::string layout = read(db, kVersionKey);
  if (layout.empty() || layout == kLayout) return;
  throw std::runtime_error("the data in '" + directory + "' has layout " + layout +
                           ", this program knows " + std::string(kLayout) +
                           "; use the newer parley-broker that wrote it");
}

StoreFiles open_store(const StoreOptions& options, Log& log) {
  std::error_code error;
  std::filesystem::create_directories(database_directory(options.directory), error);
  StoreFiles files;
  bool was_cut = false;
  const rocksdb::Status status = open(options, log, files.db, was_cut);
  if (!status.ok()) refuse(options, status);
  check_version(*files.db, options.directory);
  files.generation = begin_run(*files.db, options, log, was_cut);
  return files;
}

rocksdb::Status reopen_store(const StoreOptions& options, Log& log, StoreFiles& files) {
  bool was_cut = false;
  return open(options, log, files.db, was_cut);
}

void mark_clean_end(StoreFiles& files) {
  write(*files.db, kStateKey, kClean).PermitUncheckedError();
}

std::string mark_as_copy(const std::string& directory) {
  rocksdb::DB* db = nullptr;
  rocksdb::Status status =
      rocksdb::DB::Open(database_options(), database_directory(directory), &db);
  const std::unique_ptr<rocksdb::DB> copy(db);
  if (status.ok()) status = write(*copy, kStateKey, kUnsafe);
  return status.ok() ? std::string() : status.ToString();
}

std::vector<Store::Numbered> read_stream_records(rocksdb::DB& db) {
  std::vector<Store::Numbered> streams;
  const std::string end(1, store_key::kStream + 1);
  const rocksdb::Slice upper(end);
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = &upper;
  const std::unique_ptr<rocksdb::Iterator> it(db.NewIterator(options));
  for (it->Seek(std::string(1, store_key::kStream)); it->Valid(); it->Next()) {
    streams.push_back({store_key::number_at(it->key().ToStringView(), 1),
                       decode_stream_record(it->value().ToStringView())});
  }
  if (!it->status().ok()) {
    throw std::runtime_error("cannot read the streams: " + it->status().ToString() +
                             ". parley-broker --data DIR --check tells what can be read; put a "
                             "backup in the place of the directory");
  }
  return streams;
}

}  // namespace parley::broker
