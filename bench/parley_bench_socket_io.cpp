#include "bench/parley_bench_socket_io.h"

#include "bench/parley_bench_websocket.h"

namespace parley::bench {

namespace {

// Packets as they stand in a text frame.
constexpr std::string_view kOpen = "0{";
constexpr std::string_view kPing = "2";
constexpr std::string_view kPong = "3";
constexpr std::string_view kConnect = "40";
constexpr std::string_view kEvent = R"(42["message",")";

void packet(const WsFrame& frame, Sink& sink) {
  if (frame.text.starts_with(kEvent)) {
    sink.delivery(frame.text, frame.wire_bytes);
  } else if (frame.text.starts_with(kOpen) || frame.text.starts_with(kConnect)) {
    sink.confirmed();
  } else if (frame.text == kPing) {
    std::string pong;
    append_text_frame(pong, kPong);
    sink.answer(pong);
  } else {
    sink.error("an unknown packet: " + std::string(frame.text.substr(0, 200)));
  }
}

}  // namespace

void SocketIoWire::join(Connection& connection, const Member& member, Scratch& scratch) {
  upgrade(connection, host_, "/socket.io/?EIO=4&transport=websocket&room=" + member.channel,
          scratch);
  std::string out;
  append_text_frame(out, kConnect);
  connection.send_all(out);
  Tally tally;
  await_confirmations(connection, *this, 2, tally, scratch);
}

void SocketIoWire::append_publish(std::string& out, std::string_view, std::string_view payload) {
  append_text_frame(out, std::string(kEvent).append(payload).append("\"]"));
}

std::size_t SocketIoWire::parse(std::string_view in, Sink& sink) {
  std::size_t used = 0;
  for (;;) {
    const WsFrame frame = next_text_frame(in, used, sink);
    if (frame.wire_bytes == 0) return used;
    packet(frame, sink);
    used += frame.wire_bytes;
  }
}

}  // namespace parley::bench
