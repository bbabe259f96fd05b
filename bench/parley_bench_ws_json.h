#pragma once

#include "bench/parley_bench_wire.h"

namespace parley::bench {

/// Centrifugo's client protocol in its JSON form: connect, subscribe, publish; several objects in
/// one frame, a line each. Offsets and times make deliveries differ in size, so they are parsed.
class WsJsonWire : public Wire {
 public:
  WsJsonWire(std::string host, std::string path);

  void join(Connection& connection, const Member& member, Scratch& scratch) override;
  void append_publish(std::string& out, std::string_view channel,
                      std::string_view payload) override;
  std::size_t parse(std::string_view in, Sink& sink) override;
  bool fixed_size() const override { return false; }
  bool publishes_alike() const override { return false; }
  bool replies() const override { return true; }
  bool publishers_are_members() const override { return true; }

 private:
  void object(std::string_view line, Sink& sink);
  void push(std::string_view line, Sink& sink);

  std::string host_;
  std::string path_;
  std::string run_;         // makes message ids differ from those of an earlier run
  std::uint32_t last_ = 0;  // command and message numbers
  std::string pub_head_;    // how the last publication began, up to `"pub":{`
};

}  // namespace parley::bench
