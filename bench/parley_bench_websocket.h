#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "bench/parley_bench_connection.h"

namespace parley::bench {

class Sink;

// The part of RFC 6455 that a client of chat servers needs: upgrade, whole frames, ping and close.

/// Sends the upgrade request for `target` (path and query) and checks the answer.
void upgrade(Connection& connection, const std::string& host, const std::string& target,
             Scratch& scratch);

/// A masked text frame. The mask is constant, but not zero: servers have to undo it.
void append_text_frame(std::string& out, std::string_view text);

struct WsFrame {
  std::string_view text;
  std::size_t wire_bytes = 0;  // 0: no whole text frame
};

/// The first whole text frame of in[used..]. Control frames in front of it are dealt with (pings
/// answered, a close is an error) and `used` is moved behind them.
WsFrame next_text_frame(std::string_view in, std::size_t& used, Sink& sink);

}  // namespace parley::bench
