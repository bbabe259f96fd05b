#include "bench/parley_bench_websocket.h"

#include <cstdint>

#include "bench/parley_bench_wire.h"

namespace parley::bench {
namespace {

constexpr unsigned char kMask[4] = {0x5a, 0xc3, 0x17, 0x8e};
// The key of RFC 6455's own example, whose answer is known.
constexpr std::string_view kKey = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr std::string_view kAccept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

enum Opcode : unsigned char { kText = 1, kClose = 8, kPing = 9, kPong = 10 };

void append_frame(std::string& out, Opcode opcode, std::string_view payload) {
  out += static_cast<char>(0x80 | opcode);
  const std::size_t n = payload.size();
  if (n < 126) {
    out += static_cast<char>(0x80 | n);
  } else {
    const int bytes = n < 65536 ? 2 : 8;
    out += static_cast<char>(0x80 | (bytes == 2 ? 126 : 127));
    for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(std::uint64_t{n} >> (8 * i));
  }
  out.append(reinterpret_cast<const char*>(kMask), 4);
  const std::size_t begin = out.size();
  out += payload;
  for (std::size_t i = 0; i < n; ++i) out[begin + i] ^= static_cast<char>(kMask[i % 4]);
}

struct Frame {
  Opcode opcode{};
  bool last = false;
  bool masked = false;
  std::string_view payload;
  std::size_t wire_bytes = 0;
};

/// A whole frame, or one with wire_bytes 0.
Frame first_frame(std::string_view in) {
  if (in.size() < 2) return {};
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(in[i]); };
  Frame frame;
  frame.opcode = static_cast<Opcode>(byte(0) & 0x0f);
  frame.last = (byte(0) & 0x80) != 0;
  frame.masked = (byte(1) & 0x80) != 0;
  std::uint64_t size = byte(1) & 0x7f;
  std::size_t head = 2;
  if (size >= 126) {
    head = size == 126 ? 4 : 10;
    if (in.size() < head) return {};
    size = 0;
    for (std::size_t i = 2; i < head; ++i) size = size << 8 | byte(i);
  }
  if (in.size() - head < size) return {};
  frame.payload = in.substr(head, size);
  frame.wire_bytes = head + size;
  return frame;
}

std::string close_text(std::string_view payload) {
  if (payload.size() < 2) return "the server closed the WebSocket";
  const int code =
      static_cast<unsigned char>(payload[0]) << 8 | static_cast<unsigned char>(payload[1]);
  return "the server closed the WebSocket: " + std::to_string(code) + " " +
         std::string(payload.substr(2));
}

}  // namespace

void append_text_frame(std::string& out, std::string_view text) {
  append_frame(out, kText, text);
}

WsFrame next_text_frame(std::string_view in, std::size_t& used, Sink& sink) {
  for (;;) {
    const Frame frame = first_frame(in.substr(used));
    if (frame.wire_bytes == 0) return {};
    if (frame.masked || (frame.opcode == kText && !frame.last)) {
      sink.error("the server sent a masked or fragmented frame");
    }
    if (frame.opcode == kText) return {frame.payload, frame.wire_bytes};
    if (frame.opcode == kPing) {
      std::string pong;
      append_frame(pong, kPong, frame.payload);
      sink.answer(pong);
    } else if (frame.opcode == kClose) {
      sink.error(close_text(frame.payload));
    } else if (frame.opcode != kPong) {
      sink.error("the server sent a frame that is not text: opcode " +
                 std::to_string(frame.opcode));
    }
    used += frame.wire_bytes;
  }
}

void upgrade(Connection& connection, const std::string& host, const std::string& target,
             Scratch& scratch) {
  connection.send_all("GET " + target + " HTTP/1.1\r\nHost: " + host +
                      "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: " +
                      std::string(kKey) + "\r\nSec-WebSocket-Version: 13\r\n\r\n");
  const auto deadline = after(connection.timeout_seconds());
  for (;;) {
    if (!connection.wait_readable(deadline)) connection.fail("the upgrade was not answered");
    const std::string_view in = connection.receive(scratch);
    const auto end = in.find("\r\n\r\n");
    if (end == in.npos) {
      if (!in.empty()) connection.keep(in);
      continue;
    }
    const std::string_view head = in.substr(0, end);
    if (!head.starts_with("HTTP/1.1 101") || head.find(kAccept) == head.npos) {
      connection.fail("the upgrade was refused: " + std::string(head.substr(0, head.find("\r\n"))));
    }
    connection.keep(in.substr(end + 4));
    return;
  }
}

}  // namespace parley::bench
