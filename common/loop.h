#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "common/chunk.h"
#include "common/commit_gate.h"

namespace parley {

class Loop;

/// Something that collects output during a tick and sends it when the tick ends.
class Flushable {
 public:
  explicit Flushable(Loop& loop) : loop_(loop) {}
  Flushable(const Flushable&) = delete;
  Flushable& operator=(const Flushable&) = delete;

  /// Called once at the end of each tick in which it was marked. May mark others (they are flushed
  /// in the same tick) and may destroy others.
  virtual void flush() = 0;

  Loop& loop() const { return loop_; }
  /// Ask for a flush at the end of this tick. Cheap when already asked for.
  inline void mark();

 protected:
  ~Flushable();

 private:
  friend class Loop;
  static constexpr std::uint32_t kUnmarked = UINT32_MAX;

  Loop& loop_;
  std::uint32_t place_ = kUnmarked;
};

// The event loop and its tick.
//
// The price of fan-out is the system call: a send() costs about the same whatever it carries, so
// what matters most is how many frames leave with each. A tick runs one ready handler, then every
// other handler that is ready (bounded, so that timers and new work get their turn), and only then
// flushes each connection that has something to send, once. When little happens nothing else is
// ready and a tick is one handler: no delay is added. Under load it batches by itself.
//
// Rejected: a flush that is posted to the io_context. It runs between any two handlers and
// collects next to nothing. A timer that flushes every so often: adds delay when idle.
//
// One Loop belongs to one thread; everything that holds a Loop& belongs to that thread too. From
// another thread only stop() and boost::asio::post(loop.io(), ...) may be used.
class Loop {
 public:
  using Clock = std::chrono::steady_clock;

  /// Most handlers that one tick runs before it flushes.
  static constexpr int kHandlersPerTick = 256;
  /// Size of the buffer that all connections of the loop read into.
  static constexpr std::size_t kReadBufferBytes = 64 * 1024;

  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Runs ticks until stop() is called.
  void run();
  /// One tick, without waiting. False when nothing was ready.
  bool poll();
  void stop();

  boost::asio::io_context& io() { return io_; }
  ChunkPool& chunks() { return chunks_; }
  /// What holds output back until a disk has what it tells of.
  CommitGate& gate() { return gate_; }
  /// Scratch space for one read. Its content is gone when the next handler runs.
  std::span<char> read_buffer() { return {read_buffer_.get(), kReadBufferBytes}; }
  /// The time, read at most once a tick.
  Clock::time_point now();

  void count_sent(std::size_t bytes) { bytes_sent_ += bytes; }
  std::uint64_t bytes_sent() const { return bytes_sent_; }
  std::uint64_t ticks() const { return ticks_; }
  std::uint64_t handlers() const { return handlers_; }

 private:
  friend class Flushable;

  void finish_tick();
  void flush();

  boost::asio::io_context io_;
  ChunkPool chunks_;
  CommitGate gate_;
  std::unique_ptr<char[]> read_buffer_;
  std::vector<Flushable*> marked_;
  Clock::time_point now_;
  bool now_known_ = false;
  std::uint64_t bytes_sent_ = 0;
  std::uint64_t ticks_ = 0;
  std::uint64_t handlers_ = 0;
};

inline void Flushable::mark() {
  if (place_ != kUnmarked) return;
  place_ = static_cast<std::uint32_t>(loop_.marked_.size());
  loop_.marked_.push_back(this);
}

}  // namespace parley
