#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "bench/parley_bench_payload.h"

namespace parley::bench {

/// The measurement is worth nothing; the text says why.
class BenchError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

Clock::time_point after(double seconds);

/// Where all connections read to: one buffer that stays in the cache. 4 MiB, so that a single
/// discard() takes all that a kernel socket usually holds.
class Scratch {
 public:
  Scratch() : bytes_(std::size_t{4} << 20) {}
  char* data() { return bytes_.data(); }
  std::size_t size() const { return bytes_.size(); }

 private:
  std::vector<char> bytes_;
};

// One non-blocking TCP connection to a server under test.
//
// There are two ways to read. receive() + keep() give the bytes to a parser. discard() only counts:
// the kernel drops them without copying (MSG_TRUNC), so that receiving costs the load generator
// little beyond the system call. A connection changes from one to the other only on a frame border.
class Connection {
 public:
  struct Target {
    std::string host;
    int port = 0;
    int receive_buffer_bytes = 0;  // 0: the kernel's choice
  };

  /// `name` stands in error texts. Throws BenchError.
  Connection(const Target& target, std::string name, double timeout_seconds);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  int fd() const { return fd_; }
  const std::string& name() const { return name_; }
  double timeout_seconds() const { return timeout_seconds_; }

  /// What was kept and what has arrived, in `scratch`; valid until the next read. Empty: nothing
  /// new has arrived.
  std::string_view receive(Scratch& scratch);
  /// Saves what the parser did not use up.
  void keep(std::string_view rest) { kept_.assign(rest); }
  bool has_kept() const { return !kept_.empty(); }
  /// Counts and drops what has arrived.
  std::size_t discard(Scratch& scratch);

  /// Discards until the server has ended the connection (true), or until it has sent nothing up to
  /// `deadline`.
  bool drain(Scratch& scratch, Clock::time_point deadline);

  /// Waits for something to read. False: not before the deadline.
  bool wait_readable(Clock::time_point deadline) const;

  /// Adds to what is to be sent; flush() sends it.
  std::string& out() { return out_; }
  /// Sends what the kernel takes. True: all is sent.
  bool flush();
  /// Sends everything, waiting no longer than the timeout.
  void send_all(std::string_view bytes);

  [[noreturn]] void fail(const std::string& what) const;

 private:
  std::size_t checked_read(long n) const;

  int fd_ = -1;
  std::string name_;
  double timeout_seconds_;
  std::string kept_;
  std::string out_;
  std::size_t out_sent_ = 0;
};

}  // namespace parley::bench
