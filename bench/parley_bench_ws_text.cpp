#include "bench/parley_bench_ws_text.h"

#include <cstdio>

#include "bench/parley_bench_websocket.h"

namespace parley::bench {

void WsTextWire::join(Connection& connection, const Member& member, Scratch& scratch) {
  char name[16];  // of one length for all, so that deliveries have one size
  std::snprintf(name, sizeof name, "bench%05d", member.index);
  upgrade(connection, host_, path_ + "?room=" + member.channel + "&name=" + name, scratch);
}

void WsTextWire::append_publish(std::string& out, std::string_view, std::string_view payload) {
  append_text_frame(out, payload);
}

std::size_t WsTextWire::parse(std::string_view in, Sink& sink) {
  std::size_t used = 0;
  for (;;) {
    const WsFrame frame = next_text_frame(in, used, sink);
    if (frame.wire_bytes == 0) return used;
    sink.delivery(frame.text, frame.wire_bytes);
    used += frame.wire_bytes;
  }
}

}  // namespace parley::bench
