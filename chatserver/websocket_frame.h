#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "common/chunk.h"

namespace parley::chat {

/// The header of an unmasked, final WebSocket frame (RFC 6455, section 5.2): what a server sends.
class WebSocketHeader {
 public:
  static constexpr std::uint8_t kFinal = 0x80;  // with the opcode in one byte
  static constexpr std::uint8_t kText = 0x1;
  static constexpr std::uint8_t kClose = 0x8;
  static constexpr std::uint8_t kPing = 0x9;

  WebSocketHeader(std::uint8_t opcode, std::uint64_t payload_bytes);
  operator std::string_view() const { return {bytes_, size_}; }

 private:
  char bytes_[10];
  std::size_t size_;
};

/// A text frame that many connections share. The payload is the concatenation of the parts.
Frame write_text_frame(FrameWriter& frames, std::initializer_list<std::string_view> parts);

}  // namespace parley::chat
