#pragma once

#include "bench/parley_bench_wire.h"

namespace parley::bench {

/// The Redis protocol, version 2: SUBSCRIBE, PSUBSCRIBE, PUBLISH.
class RespWire : public Wire {
 public:
  void join(Connection& connection, const Member& member, Scratch& scratch) override;
  void append_publish(std::string& out, std::string_view channel,
                      std::string_view payload) override;
  std::uint64_t append_bulk(std::string& out, Bulk what,
                            std::span<const std::string> names) override;
  std::size_t parse(std::string_view in, Sink& sink) override;
  bool fixed_size() const override { return true; }
  bool publishes_alike() const override { return true; }
  bool replies() const override { return true; }
  bool publishers_are_members() const override { return false; }
};

}  // namespace parley::bench
