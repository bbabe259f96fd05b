#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "bench/parley_bench_connection.h"
#include "bench/parley_bench_options.h"

namespace parley::bench {

/// What a wire finds in the bytes of a server.
class Sink {
 public:
  virtual ~Sink() = default;
  /// A published message. `body` holds the payload, in JSON wires with what is around it;
  /// `wire_bytes` is its whole frame.
  virtual void delivery(std::string_view body, std::size_t wire_bytes) = 0;
  /// A subscription, or whatever else set-up waits for, is in force.
  virtual void confirmed() = 0;
  /// A publish was answered.
  virtual void reply() = 0;
  /// The server complains or says good-bye.
  virtual void error(std::string_view text) = 0;
  /// Bytes that the server must get back, such as a pong.
  virtual void answer(std::string_view bytes) = 0;
};

/// Counts, remembers the first error, collects answers.
class Tally : public Sink {
 public:
  void delivery(std::string_view, std::size_t) override { ++deliveries; }
  void confirmed() override { ++confirmations; }
  void reply() override { ++replies; }
  void error(std::string_view text) override {
    if (first_error.empty()) first_error = text;
  }
  void answer(std::string_view bytes) override { answers += bytes; }

  std::uint64_t deliveries = 0;
  std::uint64_t confirmations = 0;
  std::uint64_t replies = 0;
  std::string first_error;
  std::string answers;
};

enum class Bulk { subscribe, unsubscribe, psubscribe };

/// Who a connection is, for protocols in which that shows.
struct Member {
  std::string channel;
  int index = 0;
  bool subscribes = true;
};

// One protocol: how to join, how a publish is written, what comes back. Sans-I/O but for join(),
// which is a conversation. It keeps no state of a connection.
class Wire {
 public:
  virtual ~Wire() = default;

  /// Opening handshake, then the subscription; returns when both are confirmed.
  virtual void join(Connection& connection, const Member& member, Scratch& scratch) = 0;
  virtual void append_publish(std::string& out, std::string_view channel,
                              std::string_view payload) = 0;
  /// Many subscriptions at a stroke. Returns how many confirmations will come.
  virtual std::uint64_t append_bulk(std::string& out, Bulk what,
                                    std::span<const std::string> names);
  /// Reports all whole frames in `in`; returns how many bytes they took.
  virtual std::size_t parse(std::string_view in, Sink& sink) = 0;

  /// Deliveries of one payload length have one size, and nothing else arrives between them.
  virtual bool fixed_size() const = 0;
  /// Equal publishes have equal bytes.
  virtual bool publishes_alike() const = 0;
  /// Each publish is answered.
  virtual bool replies() const = 0;
  /// A publisher is a member of the channel it publishes on, and gets deliveries too.
  virtual bool publishers_are_members() const = 0;
  /// How long the server may still talk by itself after joining.
  virtual double settle_seconds() const { return 0; }
};

std::unique_ptr<Wire> make_wire(const Options& options);

/// Reads once, parses, sends back what the server wants answered.
void read_into(Connection& connection, Wire& wire, Sink& sink, std::string& answers,
               Scratch& scratch);
/// Reads until `tally` has so many confirmations. Throws on an error or the timeout.
void await_confirmations(Connection& connection, Wire& wire, std::uint64_t wanted, Tally& tally,
                         Scratch& scratch);

}  // namespace parley::bench
