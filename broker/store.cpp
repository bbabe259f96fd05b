#include "broker/store.h"

#include <rocksdb/db.h>
#include <rocksdb/utilities/checkpoint.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <filesystem>
#include <future>
#include <iterator>
#include <shared_mutex>
#include <stdexcept>
#include <thread>

#include "broker/history.h"
#include "broker/store_files.h"
#include "broker/store_reading.h"

namespace parley::broker {

namespace {

constexpr std::chrono::seconds kSyncEvery{1};
constexpr std::chrono::seconds kRetryEvery{1};
constexpr const char* kNotOpen = "the database failed and could not be opened again";

void add(rocksdb::WriteBatch& out, const StoreBatch& batch) {
  batch.visit([&](StoreBatch::Kind kind, std::string_view first, std::string_view second) {
    switch (kind) {
      case StoreBatch::Kind::kPut:
        out.Put(slice(first), slice(second));
        break;
      case StoreBatch::Kind::kErase:
        out.Delete(slice(first));
        break;
      case StoreBatch::Kind::kEraseRange:
        out.DeleteRange(slice(first), slice(second));
        break;
    }
  });
}

/// An io_context with a thread of its own.
class Thread {
 public:
  Thread() : work_(boost::asio::make_work_guard(io_)), thread_([this] { io_.run(); }) {}
  ~Thread() { finish(); }
  /// Runs what was posted, then ends.
  void finish() {
    work_.reset();
    if (thread_.joinable()) thread_.join();
  }
  boost::asio::io_context& io() { return io_; }

 private:
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::thread thread_;
};

}  // namespace

/// The half of the store that its threads use. Members are grouped by thread; the database itself
/// may be used by both.
class Store::Disk {
 public:
  Disk(Store& store, Loop& loop, Log& log, const StoreOptions& options)
      : store_(store),
        loop_(loop),
        log_(log),
        options_(options),
        files_(open_store(options, log)) {}

  // --- before the threads begin ---
  rocksdb::DB& db() { return *files_.db; }
  const std::string& generation() const { return files_.generation; }

  // --- the writer ---
  void take(StoreBatch batch, std::uint64_t number);
  void begin_syncing();
  bool write_all();
  bool write_and_sync();
  /// For good, from the loop's thread: what could not be written by now is given up.
  void finish();

  // --- the reader ---
  Loaded read(const std::vector<Wanted>& wanted, std::size_t bytes_max);
  std::string copy_to(const std::string& directory);
  std::string copy_into(const std::string& directory);

  Thread reader;
  Thread writer;

 private:
  void write_waiting();
  rocksdb::Status write_merged();
  void fail(const rocksdb::Status& status);
  void retry_later();
  void retry();
  rocksdb::Status reopen();

  Store& store_;
  Loop& loop_;
  Log& log_;
  const StoreOptions options_;
  StoreFiles files_;
  // The writer replaces a database that gave up; the reader holds it off meanwhile.
  std::shared_mutex replacing_;

  // The writer's.
  std::vector<StoreBatch> waiting_;
  std::size_t waiting_bytes_ = 0;             // of those that were taken since the last write
  std::vector<StoreBatch> unsynced_batches_;  // under `everysec`: written, and kept until synced
  std::uint64_t last_number_ = 0;
  bool scheduled_ = false;
  bool failed_ = false;
  bool ending_ = false;
  std::optional<boost::asio::steady_timer> sync_timer_;
  std::optional<boost::asio::steady_timer> retry_timer_;
};

// --- the writer ---

void Store::Disk::take(StoreBatch batch, std::uint64_t number) {
  waiting_bytes_ += batch.bytes();
  waiting_.push_back(std::move(batch));
  last_number_ = number;
  if (scheduled_ || failed_) return;
  scheduled_ = true;
  // Behind the batches that were posted meanwhile: they become one write.
  boost::asio::post(writer.io(), [this] { write_waiting(); });
}

rocksdb::Status Store::Disk::write_merged() {
  rocksdb::WriteBatch merged;
  for (const StoreBatch& batch : waiting_) add(merged, batch);
  rocksdb::WriteOptions options;
  options.sync = options_.fsync == Fsync::kAlways;
  return db().Write(options, &merged);
}

void Store::Disk::write_waiting() {
  scheduled_ = false;
  if (waiting_.empty() && !failed_) return;
  const rocksdb::Status status = write_merged();
  if (!status.ok()) {
    fail(status);
    return;
  }
  if (options_.fsync == Fsync::kEverySecond) {
    std::ranges::move(waiting_, std::back_inserter(unsynced_batches_));
  }
  waiting_.clear();
  const bool recovered = std::exchange(failed_, false);
  const std::size_t bytes = std::exchange(waiting_bytes_, 0);
  boost::asio::post(loop_.io(), [this, recovered, bytes, number = last_number_] {
    if (recovered) store_.failed({});
    store_.committed(number, bytes);
  });
}

void Store::Disk::fail(const rocksdb::Status& status) {
  if (!std::exchange(failed_, true)) {
    boost::asio::post(loop_.io(), [this, why = status.ToString()] { store_.failed(why); });
  }
  retry_later();
}

void Store::Disk::retry_later() {
  if (ending_) return;
  retry_timer_.emplace(writer.io(), kRetryEvery);
  retry_timer_->async_wait([this](const boost::system::error_code& error) {
    if (!error && failed_) retry();
  });
}

void Store::Disk::retry() {
  rocksdb::Status status = files_.db ? db().Resume() : rocksdb::Status::Aborted();
  if (!status.ok()) status = reopen();
  if (!status.ok()) {
    retry_later();
    return;
  }
  // What was not synced may be lost, even if the next sync succeeds. Writing it twice is harmless.
  std::ranges::move(waiting_, std::back_inserter(unsynced_batches_));
  waiting_ = std::exchange(unsynced_batches_, {});
  write_waiting();
}

// A log whose sync failed is not to be trusted again: a new one is begun, behind what can be read
// of the old one.
rocksdb::Status Store::Disk::reopen() {
  const std::unique_lock lock(replacing_);
  files_.db.reset();
  return reopen_store(options_, log_, files_);
}

void Store::Disk::begin_syncing() {
  if (options_.fsync != Fsync::kEverySecond) return;
  sync_timer_.emplace(writer.io(), kSyncEvery);
  sync_timer_->async_wait([this](const boost::system::error_code& error) {
    if (error || ending_) return;
    if (!unsynced_batches_.empty() && !failed_) {
      const rocksdb::Status status = db().SyncWAL();
      if (status.ok()) {
        unsynced_batches_.clear();
      } else {
        fail(status);
      }
    }
    begin_syncing();
  });
}

bool Store::Disk::write_all() {
  if (!waiting_.empty() && files_.db) write_waiting();
  return !failed_;
}

bool Store::Disk::write_and_sync() {
  return write_all() && db().FlushWAL(true).ok();
}

void Store::Disk::finish() {
  reader.finish();
  boost::asio::post(writer.io(), [this] {
    ending_ = true;
    sync_timer_.reset();
    retry_timer_.reset();
    if (write_and_sync()) mark_clean_end(files_);
  });
  writer.finish();
}

// --- the reader ---

Store::Loaded Store::Disk::read(const std::vector<Wanted>& wanted, std::size_t bytes_max) {
  const std::shared_lock lock(replacing_);
  if (!files_.db) return {.error = kNotOpen, .contents = {}};
  return read_contents(db(), wanted, bytes_max);
}

// Under another name until it is whole: a copy that is not marked as one would go on from the same
// offsets as the original, under the same epochs.
std::string Store::Disk::copy_to(const std::string& directory) {
  const std::shared_lock lock(replacing_);
  if (!files_.db) return kNotOpen;
  const std::filesystem::path whole(directory);
  const auto part = whole.parent_path() / ("." + whole.filename().string() + ".part");
  std::error_code error;
  if (std::filesystem::exists(whole, error)) return "it is there already";
  std::filesystem::remove_all(part, error);
  std::string why = copy_into(part.string());
  if (why.empty()) {
    std::filesystem::rename(part, whole, error);
    if (error) why = error.message();
  }
  if (!why.empty()) std::filesystem::remove_all(part, error);
  return why;
}

std::string Store::Disk::copy_into(const std::string& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) return error.message();
  rocksdb::Checkpoint* made = nullptr;
  rocksdb::Status status = rocksdb::Checkpoint::Create(&db(), &made);
  const std::unique_ptr<rocksdb::Checkpoint> checkpoint(made);
  if (status.ok()) status = checkpoint->CreateCheckpoint(database_directory(directory));
  return status.ok() ? mark_as_copy(directory) : status.ToString();
}

// --- the loop's half ---

Store::Store(Loop& loop, Log& log, const StoreOptions& options)
    : loop_(loop),
      log_(log),
      options_(options),
      disk_(std::make_unique<Disk>(*this, loop, log, options)) {}

Store::~Store() {
  disk_->finish();
}

void Store::start(Events events) {
  events_ = std::move(events);
  boost::asio::post(disk_->writer.io(), [disk = disk_.get()] { disk->begin_syncing(); });
}

std::vector<Store::Numbered> Store::streams() const {
  return read_stream_records(disk_->db());
}

const std::string& Store::generation() const {
  return disk_->generation();
}

void Store::commit(StoreBatch batch, std::uint64_t number) {
  waiting_bytes_ += batch.bytes();
  boost::asio::post(disk_->writer.io(),
                    [disk = disk_.get(), batch = std::move(batch), number]() mutable {
                      disk->take(std::move(batch), number);
                    });
}

void Store::load(std::vector<Wanted> wanted, std::size_t brought,
                 std::function<void(Loaded)> done) {
  ++counters_.loads;
  const std::size_t limit = std::max<std::size_t>(kLoadedBytesMax, options_.memory_bytes_max);
  const std::size_t bytes_max = limit - std::min(limit, brought);
  boost::asio::post(disk_->reader.io(), [this, bytes_max, wanted = std::move(wanted),
                                         done = std::move(done)]() mutable {
    // Shared because a posted function must be copyable where done is one.
    auto loaded = std::make_shared<Loaded>(disk_->read(wanted, bytes_max));
    boost::asio::post(loop_.io(), [loaded, done = std::move(done)] { done(std::move(*loaded)); });
  });
}

void Store::backup(const std::string& directory, std::function<void(const std::string&)> done) {
  auto finish = [this, done = std::move(done)](std::string error) {
    boost::asio::post(loop_.io(), [error = std::move(error), done] { done(error); });
  };
  boost::asio::post(
      disk_->writer.io(), [disk = disk_.get(), directory, finish = std::move(finish)]() mutable {
        if (!disk->write_all()) {
          finish("what was changed before it cannot be written");
          return;
        }
        boost::asio::post(disk->reader.io(), [disk, directory, finish = std::move(finish)] {
          finish(disk->copy_to(directory));
        });
      });
}

bool Store::drain() {
  std::promise<bool> drained;
  boost::asio::post(disk_->writer.io(),
                    [&, disk = disk_.get()] { drained.set_value(disk->write_and_sync()); });
  return drained.get_future().get();
}

void Store::committed(std::uint64_t number, std::size_t bytes) {
  waiting_bytes_ -= bytes;
  ++counters_.commits;
  if (events_.committed) events_.committed(number);
}

void Store::failed(std::string why) {
  failure_ = std::move(why);
  if (failure_.empty()) {
    log_.warn("the history can be written to '{}' again; all that waited is there",
              options_.directory);
    if (events_.recovered) events_.recovered();
    return;
  }
  ++counters_.failures;
  log_.error(
      "cannot write the history to '{}': {}. Changes of streams are refused until it works again "
      "(it is tried each second); publishing goes on",
      options_.directory, failure_);
  if (events_.failed) events_.failed(failure_);
}

}  // namespace parley::broker
