#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "chatserver/room_history.h"

namespace parley::chat::mesh {

// What servers of a mesh tell each other: ZeroMQ messages of a few frames each. Numbers are
// big-endian, names and payloads are bytes as they are.
//
//     published  topic | header | id | payload     a message, an announcement (no id), a mark (both
//                                                  empty: the last sequence of the server in a
//                                                  room)
//                topic | header | ask port         a sign of life, to all or to the one who asked
//     asked      header | room | known             what do you have of this room that I lack?
//     answered   header | room | own | messages    all that is kept of it and was lacking, and the
//                                                  last of the answering server's own
//
// A header is a version, a kind and four numbers. Topics of rooms end in a NUL, which no name has:
// a subscription to `r` `tea` NUL gets nothing of `team`.
//
// Everything here is a pure function. Whatever the network brings either decodes or is nothing.

enum class Kind : std::uint8_t {
  kMessage = 1,
  kAnnouncement = 2,
  kMark = 3,
  kHello = 4,
  kAsk = 5,
  kAnswer = 6,
};

/// Of an ask and its answer `sequence` is the number that the one who asks gave it.
struct Header {
  Kind kind = Kind::kMessage;
  Origin origin;
};
inline constexpr std::size_t kHeaderBytes = 34;

inline constexpr std::size_t kRoomBytesMax = 512;
inline constexpr std::size_t kIdBytesMax = 512;
/// Servers that one room may have messages of, living or dead.
inline constexpr std::size_t kSendersMax = 1'000;

/// The last message of a server in a room that is known without a hole.
struct Known {
  std::uint64_t server = 0;
  std::uint64_t run = 0;
  std::uint64_t sequence = 0;
  bool operator==(const Known&) const = default;
};

std::string encode(const Header& header);
std::string room_topic(std::string_view room);
/// Nothing for other topics.
std::optional<std::string_view> room_of_topic(std::string_view topic);

/// Everybody has it.
inline constexpr std::string_view kHelloTopic = "h";
/// Subscribed to by one server, which so learns that all that it had subscribed to before is in
/// force: whoever sees the subscription answers with a hello on that topic. `number` 0 is for as
/// long as the connection lasts, others for once.
std::string barrier_topic(std::uint64_t server, std::uint64_t number);
struct Barrier {
  std::uint64_t server = 0;
  std::uint64_t number = 0;
};
std::optional<Barrier> barrier_of_topic(std::string_view topic);

/// What came over a subscription. Views are into the frames.
struct Published {
  std::string_view topic;
  Header header;
  std::string_view id;
  std::string_view payload;  // of a hello: the ask port, or nothing
};
std::optional<Published> decode_published(std::span<const std::string_view> frames);

struct Ask {
  std::uint64_t server = 0;
  std::uint64_t number = 0;
  std::string_view room;
  std::vector<Known> known;
};
std::string encode_known(std::span<const Known> known);
std::optional<Ask> decode_ask(std::span<const std::string_view> frames);

struct Answer {
  Known own;  // the answering server's last message in the room; sequence 0: none
  std::uint64_t number = 0;
  std::string_view room;
  std::vector<RoomHistory::Message> messages;
};
void append_message(std::string& out, const RoomHistory::Message& message);
std::optional<Answer> decode_answer(std::span<const std::string_view> frames);

}  // namespace parley::chat::mesh
