#include "chatserver/mesh_frame.h"

#include <charconv>

#include "common/text.h"

namespace parley::chat::mesh {

namespace {

constexpr char kVersion = 1;
constexpr std::size_t kKnownBytes = 24;
constexpr std::size_t kRecordBytes = 40;  // before the id and the payload

void append_number(std::string& out, std::uint64_t number, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(number >> shift & 0xff));
  }
}

// Takes from the front; the caller has seen that there is enough.
std::uint64_t take_number(std::string_view& in, std::size_t bytes) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < bytes; ++i) {
    number = number << 8 | static_cast<unsigned char>(in[i]);
  }
  in.remove_prefix(bytes);
  return number;
}

void append_origin(std::string& out, const Origin& origin) {
  append_number(out, origin.server, 8);
  append_number(out, origin.run, 8);
  append_number(out, origin.sequence, 8);
  append_number(out, static_cast<std::uint64_t>(origin.at_ms), 8);
}

Origin take_origin(std::string_view& in) {
  Origin origin;
  origin.server = take_number(in, 8);
  origin.run = take_number(in, 8);
  origin.sequence = take_number(in, 8);
  origin.at_ms = static_cast<std::int64_t>(take_number(in, 8));
  return origin;
}

std::optional<Header> decode_header(std::string_view frame) {
  if (frame.size() != kHeaderBytes || frame[0] != kVersion) return std::nullopt;
  const auto kind = static_cast<std::uint8_t>(frame[1]);
  if (kind < static_cast<std::uint8_t>(Kind::kMessage) ||
      kind > static_cast<std::uint8_t>(Kind::kAnswer)) {
    return std::nullopt;
  }
  frame.remove_prefix(2);
  return Header{static_cast<Kind>(kind), take_origin(frame)};
}

bool room_is_possible(std::string_view room) {
  return !room.empty() && room.size() <= kRoomBytesMax && room.find('\0') == room.npos;
}

}  // namespace

std::string encode(const Header& header) {
  std::string out;
  out.reserve(kHeaderBytes);
  out.push_back(kVersion);
  out.push_back(static_cast<char>(header.kind));
  append_origin(out, header.origin);
  return out;
}

// --- topics ---

std::string room_topic(std::string_view room) {
  std::string topic = "r";
  topic.append(room).push_back('\0');
  return topic;
}

std::optional<std::string_view> room_of_topic(std::string_view topic) {
  if (topic.size() < 2 || topic.front() != 'r' || topic.back() != '\0') return std::nullopt;
  const std::string_view room = topic.substr(1, topic.size() - 2);
  if (!room_is_possible(room)) return std::nullopt;
  return room;
}

std::string barrier_topic(std::uint64_t server, std::uint64_t number) {
  char text[17];
  const auto result = std::to_chars(text, text + sizeof text, server, 16);
  std::string topic = "b";
  topic.append(text, result.ptr).append(":").append(std::to_string(number)).push_back('\0');
  return topic;
}

std::optional<Barrier> barrier_of_topic(std::string_view topic) {
  const std::size_t colon = topic.find(':');
  if (topic.size() < 4 || topic.front() != 'b' || topic.back() != '\0' || colon == topic.npos) {
    return std::nullopt;
  }
  const auto server = read_number<std::uint64_t>(topic.substr(1, colon - 1), 16);
  const auto number =
      read_number<std::uint64_t>(topic.substr(colon + 1, topic.size() - colon - 2), 10);
  if (!server || !number) return std::nullopt;
  return Barrier{*server, *number};
}

// --- published ---

std::optional<Published> decode_published(std::span<const std::string_view> frames) {
  if (frames.size() < 3) return std::nullopt;
  const auto header = decode_header(frames[1]);
  if (!header || header->origin.server == 0) return std::nullopt;
  if (header->kind == Kind::kHello) {
    const bool ours = frames[0] == kHelloTopic || barrier_of_topic(frames[0]);
    if (!ours || frames.size() != 3 || frames[2].size() > kRoomBytesMax) return std::nullopt;
    return Published{frames[0], *header, {}, frames[2]};
  }
  if (frames.size() != 4 || header->kind > Kind::kMark) return std::nullopt;
  if (!room_of_topic(frames[0]) || frames[2].size() > kIdBytesMax) return std::nullopt;
  const bool has_id = !frames[2].empty();
  const bool has_sequence = header->origin.sequence != 0;
  const bool stored = header->kind == Kind::kMessage;
  if (has_id != stored || has_sequence != (header->kind != Kind::kAnnouncement)) {
    return std::nullopt;
  }
  return Published{frames[0], *header, frames[2], frames[3]};
}

// --- asked and answered ---

std::string encode_known(std::span<const Known> known) {
  std::string out;
  out.reserve(known.size() * kKnownBytes);
  for (const Known& each : known) {
    append_number(out, each.server, 8);
    append_number(out, each.run, 8);
    append_number(out, each.sequence, 8);
  }
  return out;
}

std::optional<Ask> decode_ask(std::span<const std::string_view> frames) {
  if (frames.size() != 3 || !room_is_possible(frames[1])) return std::nullopt;
  const auto header = decode_header(frames[0]);
  if (!header || header->kind != Kind::kAsk) return std::nullopt;
  std::string_view rest = frames[2];
  if (rest.size() % kKnownBytes != 0 || rest.size() / kKnownBytes > kSendersMax + 1) {
    return std::nullopt;
  }
  Ask ask{header->origin.server, header->origin.sequence, frames[1], {}};
  ask.known.reserve(rest.size() / kKnownBytes);
  while (!rest.empty()) {
    Known known;
    known.server = take_number(rest, 8);
    known.run = take_number(rest, 8);
    known.sequence = take_number(rest, 8);
    ask.known.push_back(known);
  }
  return ask;
}

void append_message(std::string& out, const RoomHistory::Message& message) {
  append_origin(out, message.origin);
  append_number(out, message.id.size(), 4);
  append_number(out, message.payload.size(), 4);
  out.append(message.id).append(message.payload);
}

// An answer's `server` is that of its own last message, whose run and sequence come before the
// messages; the header's sequence is the number of the question.
std::optional<Answer> decode_answer(std::span<const std::string_view> frames) {
  if (frames.size() != 4 || !room_is_possible(frames[1])) return std::nullopt;
  const auto header = decode_header(frames[0]);
  if (!header || header->kind != Kind::kAnswer || frames[2].size() != kKnownBytes) {
    return std::nullopt;
  }
  Answer answer;
  answer.number = header->origin.sequence;
  answer.room = frames[1];
  std::string_view own = frames[2];
  answer.own.server = take_number(own, 8);
  answer.own.run = take_number(own, 8);
  answer.own.sequence = take_number(own, 8);
  std::string_view rest = frames[3];
  while (!rest.empty()) {
    if (rest.size() < kRecordBytes) return std::nullopt;
    RoomHistory::Message message;
    message.origin = take_origin(rest);
    const std::uint64_t id = take_number(rest, 4);
    const std::uint64_t payload = take_number(rest, 4);
    if (id == 0 || id > kIdBytesMax || id + payload > rest.size()) return std::nullopt;
    if (message.origin.server == 0 || message.origin.sequence == 0) return std::nullopt;
    message.id = rest.substr(0, id);
    message.payload = rest.substr(id, payload);
    rest.remove_prefix(id + payload);
    answer.messages.push_back(std::move(message));
  }
  return answer;
}

}  // namespace parley::chat::mesh
