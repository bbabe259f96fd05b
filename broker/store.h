#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/store_batch.h"
#include "broker/store_options.h"
#include "broker/stream.h"
#include "common/log.h"
#include "common/loop.h"

namespace parley::broker {

// The streams on disk: a RocksDB database in one directory.
//
// It has two threads, and the loop waits for neither. The writer takes batches in the order of
// their numbers; all that came while it was busy become one write and, under `always`, one sync
// (group commit). The reader fetches the entries of streams that are away, and makes backups, so
// that neither waits behind a sync. Both get their work by post() and answer by post().
//
// A write that fails is kept and tried again each second, with all that comes behind it, until it
// succeeds: nothing that is in memory is ever left out on disk.
//
// On disk: a record for each stream under 'm', its entries under 'e' in the order of their IDs, the
// message-ids of ONCE under 'o', and two marks: the version of this layout, and how the last run
// ended. Every block has a checksum.
//
// Rejected: writing on the loop (a sync takes milliseconds); an append-only file of commands as
// Redis has it (the start would read everything, and memory would have to hold everything).
//
// Used on the loop's thread; the Events are called there.
class Store {
 public:
  /// When so many bytes wait for the disk, further changes wait until some are written.
  static constexpr std::size_t kWaitingBytesMax = 64ULL << 20;
  /// So many bytes may be brought back for one command, or as many as --history-memory if that is
  /// more.
  static constexpr std::size_t kLoadedBytesMax = 64ULL << 20;

  struct Events {
    std::function<void(std::uint64_t commit)> committed;  // written and, under `always`, synced
    std::function<void(const std::string& why)> failed;
    std::function<void()> recovered;
  };
  struct Numbered {
    StreamNumber number = 0;
    StreamRecord record;
  };
  /// What to read of a stream: entries or message-ids.
  struct Wanted {
    StreamNumber number = 0;
    std::optional<Gap> gap;  // none: message-ids
  };
  struct Content {
    GapContent entries;
    std::unique_ptr<OnceWindow> once;  // none: there were none
  };
  struct Loaded {
    std::string error;              // of the disk; empty: all went well
    bool too_long = false;          // more than kLoadedBytesMax, or than fits --history-memory
    std::vector<Content> contents;  // one for each that was wanted
  };

  /// Opens or makes the database. Throws std::runtime_error with a text for people.
  Store(Loop& loop, Log& log, const StoreOptions& options);
  ~Store();

  void start(Events events);
  /// Reads the record of each stream; before start().
  std::vector<Numbered> streams() const;
  /// A word that changes when the last run may have lost entries that were seen: then every stream
  /// needs a new epoch.
  const std::string& generation() const;

  void commit(StoreBatch batch, std::uint64_t number);
  /// `brought`: bytes that the same command has brought back already.
  void load(std::vector<Wanted> wanted, std::size_t brought, std::function<void(Loaded)> done);
  /// Copies all that was committed to a new directory; `done` gets an error, or nothing.
  void backup(const std::string& directory, std::function<void(const std::string&)> done);
  /// Waits until all is written and synced. False if that failed.
  bool drain();

  const StoreOptions& options() const { return options_; }
  const std::string& failure() const { return failure_; }
  std::size_t waiting_bytes() const { return waiting_bytes_; }

  struct Counters {
    std::uint64_t commits = 0;  // writes; many batches may be in one
    std::uint64_t failures = 0;
    std::uint64_t loads = 0;
  };
  const Counters& counters() const { return counters_; }

 private:
  class Disk;

  void committed(std::uint64_t number, std::size_t bytes);
  void failed(std::string why);

  Loop& loop_;
  Log& log_;
  StoreOptions options_;
  Events events_;
  std::string failure_;
  std::size_t waiting_bytes_ = 0;
  Counters counters_;
  std::unique_ptr<Disk> disk_;  // what the two threads use
};

/// Reads everything in a directory that no broker uses, verifies checksums and prints what is
/// there. Returns the exit code.
int check_store(const std::string& directory);

}  // namespace parley::broker
