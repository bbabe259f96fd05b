#pragma once

#include "bench/parley_bench_wire.h"

namespace parley::bench {

/// Bare text frames: each frame sent is a message to the room, each frame received is one of it.
class WsTextWire : public Wire {
 public:
  WsTextWire(std::string host, std::string path) : host_(std::move(host)), path_(std::move(path)) {}

  void join(Connection& connection, const Member& member, Scratch& scratch) override;
  void append_publish(std::string& out, std::string_view channel,
                      std::string_view payload) override;
  std::size_t parse(std::string_view in, Sink& sink) override;
  bool fixed_size() const override { return true; }
  bool publishes_alike() const override { return true; }
  bool replies() const override { return false; }
  bool publishers_are_members() const override { return true; }

 private:
  std::string host_;
  std::string path_;
};

}  // namespace parley::bench
