#pragma once

#include "bench/parley_bench_wire.h"

namespace parley::bench {

/// The plain text protocol of NATS: SUB, PUB, MSG.
class NatsWire : public Wire {
 public:
  void join(Connection& connection, const Member& member, Scratch& scratch) override;
  void append_publish(std::string& out, std::string_view channel,
                      std::string_view payload) override;
  std::uint64_t append_bulk(std::string& out, Bulk what,
                            std::span<const std::string> names) override;
  std::size_t parse(std::string_view in, Sink& sink) override;
  bool fixed_size() const override { return true; }
  bool publishes_alike() const override { return true; }
  bool replies() const override { return false; }
  bool publishers_are_members() const override { return false; }
  /// nats-server pings each client once, 2.0 to 2.4 s after it connected, to learn the round trip.
  double settle_seconds() const override { return 2.6; }
};

}  // namespace parley::bench
