#include "chatserver/websocket_frame.h"

namespace parley::chat {

WebSocketHeader::WebSocketHeader(std::uint8_t opcode, std::uint64_t payload_bytes) {
  bytes_[0] = static_cast<char>(kFinal | opcode);
  const int length_bytes = payload_bytes < 126 ? 0 : payload_bytes < 65536 ? 2 : 8;
  bytes_[1] = length_bytes == 0   ? static_cast<char>(payload_bytes)
              : length_bytes == 2 ? static_cast<char>(126)
                                  : static_cast<char>(127);
  for (int i = 0; i < length_bytes; ++i) {
    bytes_[2 + i] = static_cast<char>(payload_bytes >> (8 * (length_bytes - 1 - i)));
  }
  size_ = 2 + static_cast<std::size_t>(length_bytes);
}

Frame write_text_frame(FrameWriter& frames, std::initializer_list<std::string_view> parts) {
  std::size_t size = 0;
  for (std::string_view part : parts) size += part.size();
  const WebSocketHeader header(WebSocketHeader::kText, size);
  return frames.write(header, parts);
}

}  // namespace parley::chat
