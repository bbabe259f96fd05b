// What servers of a mesh tell each other: whatever comes either is nothing, or is what its encoding
// says. Input: for each frame its length in two bytes, then its bytes.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "chatserver/mesh_frame.h"

namespace {

using namespace parley::chat::mesh;  // what is tested

void require(bool condition) {
  if (!condition) std::abort();
}

std::vector<std::string_view> frames_of(std::string_view input) {
  std::vector<std::string_view> frames;
  while (input.size() >= 2) {
    const std::size_t length =
        static_cast<unsigned char>(input[0]) * 256U + static_cast<unsigned char>(input[1]);
    frames.push_back(input.substr(2, length));
    input.remove_prefix(2 + frames.back().size());
  }
  return frames;
}

void check_published(const std::vector<std::string_view>& frames) {
  const auto published = decode_published(frames);
  if (!published) return;
  require(encode(published->header) == frames[1]);
  require(published->payload == frames.back());
  const auto room = room_of_topic(published->topic);
  require(room || published->header.kind == Kind::kHello);
  if (room) require(room_topic(*room) == frames[0]);
}

void check_ask(const std::vector<std::string_view>& frames) {
  const auto ask = decode_ask(frames);
  if (!ask) return;
  require(encode_known(ask->known) == frames[2] && ask->room == frames[1]);
}

void check_answer(const std::vector<std::string_view>& frames) {
  const auto answer = decode_answer(frames);
  if (!answer) return;
  require(encode_known({&answer->own, 1}) == frames[2]);
  std::string messages;
  for (const auto& message : answer->messages) append_message(messages, message);
  require(messages == frames[3]);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto frames = frames_of({reinterpret_cast<const char*>(data), size});
  check_published(frames);
  check_ask(frames);
  check_answer(frames);
  for (const std::string_view frame : frames) {
    if (const auto barrier = barrier_of_topic(frame)) {
      // Leading zeros are read, not written.
      const auto again = barrier_of_topic(barrier_topic(barrier->server, barrier->number));
      require(again && again->server == barrier->server && again->number == barrier->number);
    }
  }
  return 0;
}
