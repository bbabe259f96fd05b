#include <cstdio>
#include <stdexcept>

#include "broker/store_files.h"

namespace parley::broker {

namespace {

struct Totals {
  std::uint64_t streams = 0;
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;
};

std::string printable(std::string_view name) {
  std::string text;
  for (const char c : name) text.push_back(c >= ' ' && c < '\x7f' ? c : '?');
  return text;
}

// Counts what is there, against what the record says.
bool check_stream(rocksdb::DB& db, const Store::Numbered& stream, Totals& totals) {
  const StreamRecord& record = stream.record;
  rocksdb::ReadOptions options;
  options.verify_checksums = true;
  options.fill_cache = false;
  const std::string end = store_key::entry(stream.number + 1, kStreamIdMin);
  const rocksdb::Slice upper(end);
  options.iterate_upper_bound = &upper;
  const std::unique_ptr<rocksdb::Iterator> it(db.NewIterator(options));
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;
  StreamId first;
  StreamId last;
  for (it->Seek(store_key::entry(stream.number, record.begin_id)); it->Valid(); it->Next()) {
    const std::string_view key = it->key().ToStringView();
    const StreamId id{store_key::number_at(key, 9), store_key::number_at(key, 17)};
    bytes += it->value().size();
    if ((it->value()[0] & kRemovedEntry) || id < record.trimmed_below) continue;
    if (entries++ == 0) first = id;
    last = id;
  }
  const bool whole = it->status().ok() && entries == record.length;
  std::printf("db%d %s: %llu entries, %llu bytes, first %s, last %s, epoch %s%s\n", record.db,
              printable(record.name).c_str(), static_cast<unsigned long long>(entries),
              static_cast<unsigned long long>(bytes), to_string(first).c_str(),
              to_string(last).c_str(), record.epoch.c_str(), whole ? "" : "  DAMAGED");
  if (!it->status().ok()) std::printf("  %s\n", it->status().ToString().c_str());
  if (it->status().ok() && !whole) {
    std::printf("  its record says %llu entries\n", static_cast<unsigned long long>(record.length));
  }
  ++totals.streams;
  totals.entries += entries;
  totals.bytes += bytes;
  return whole;
}

// Of a log that is damaged what lies before the damage is read, and `whole` is false. A last write
// that was cut off is no damage: the broker takes it back when it starts.
std::unique_ptr<rocksdb::DB> open_for_check(const std::string& directory, bool& whole) {
  using Mode = rocksdb::WALRecoveryMode;
  rocksdb::Options database = database_options();
  database.create_if_missing = false;
  rocksdb::Status status;
  for (const Mode mode : {Mode::kAbsoluteConsistency, Mode::kTolerateCorruptedTailRecords,
                          Mode::kPointInTimeRecovery}) {
    database.wal_recovery_mode = mode;
    rocksdb::DB* opened = nullptr;
    status = rocksdb::DB::OpenForReadOnly(database, database_directory(directory), &opened);
    if (status.ok()) return std::unique_ptr<rocksdb::DB>(opened);
    if (!status.IsCorruption()) break;
    const bool may_be_cut = mode == Mode::kAbsoluteConsistency;
    whole &= may_be_cut;
    std::printf(
        "log: %s%s\n", status.ToString().c_str(),
        may_be_cut ? "; a last write that was cut off is taken back at the next start" : "");
  }
  throw std::runtime_error("cannot read the data in '" + directory + "': " + status.ToString() +
                           ". Put a backup in its place");
}

}  // namespace

int check_store(const std::string& directory) {
  bool whole = true;
  const std::unique_ptr<rocksdb::DB> db = open_for_check(directory, whole);
  check_version(*db, directory);
  const rocksdb::Status status = db->VerifyChecksum();
  if (!status.ok()) std::printf("checksums: %s\n", status.ToString().c_str());
  whole &= status.ok();
  Totals totals;
  for (const Store::Numbered& stream : read_stream_records(*db)) {
    whole &= check_stream(*db, stream, totals);
  }
  std::printf("%llu streams, %llu entries, %llu bytes: %s\n",
              static_cast<unsigned long long>(totals.streams),
              static_cast<unsigned long long>(totals.entries),
              static_cast<unsigned long long>(totals.bytes),
              whole ? "all is well" : "DAMAGED; put a backup in its place");
  return whole ? 0 : 1;
}

}  // namespace parley::broker
