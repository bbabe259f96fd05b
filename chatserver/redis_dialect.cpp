#include "chatserver/redis_dialect.h"

#include <array>
#include <initializer_list>
#include <vector>

#include "chatserver/identifier.h"
#include "chatserver/names.h"
#include "common/resp_writer.h"
#include "common/text.h"

namespace parley::chat {

namespace {

using resp::ReplyKind;
using resp::ReplyNode;

constexpr std::string_view kChannelPrefix = "chat.";
constexpr std::string_view kPresencePrefix = "presence.";
constexpr std::string_view kStreamPrefix = "history.";
constexpr std::size_t kEpochBytesMin = 16;
constexpr std::size_t kEpochBytesMax = 64;

// KEYS: stream, meta, ids, order. ARGV: a new epoch. `creates`: a room that nobody knew gets one.
// A stream that is gone (deleted, flushed) takes its epoch with it. Under one that has lost its
// epoch (evicted) a new one goes on where it stands.
constexpr std::string_view kFindEpoch = R"(
local function last_offset()
  local info = redis.call('XINFO', 'STREAM', KEYS[1])
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then return tonumber(string.match(info[i + 1], '^%d+')) end
  end
end
local function save(epoch, top)
  redis.call('HSET', KEYS[2], 'epoch', epoch, 'top', string.format('%.0f', top))
end
local known = redis.call('HMGET', KEYS[2], 'epoch', 'top')
local epoch, top = known[1], tonumber(known[2] or '0')
local stored = redis.call('EXISTS', KEYS[1]) == 1
if top > 0 and not stored then
  redis.call('DEL', KEYS[2], KEYS[3], KEYS[4])
  epoch, top = false, 0
end
if not epoch then
  epoch, top = ARGV[1], stored and last_offset() or 0
  if stored or creates then save(epoch, top) else epoch = '' end
end
)";

// ARGV: a new epoch, channel, message, message id, entries to keep, ids to keep, their seconds.
constexpr std::string_view kPublish = R"(
local first = redis.call('HGET', KEYS[3], ARGV[4])
if first then return {epoch, tonumber(first), 1} end
local function add(call)
  local id = string.format('%.0f-0', top)
  return call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[5], id, 'm', ARGV[3])
end
top = top + 1
if type(add(redis.pcall)) == 'table' then  -- an error: somebody has added entries by hand
  top = last_offset() + 1
  add(redis.call)
end
save(epoch, top)
redis.call('HSET', KEYS[3], ARGV[4], string.format('%.0f', top))
redis.call('RPUSH', KEYS[4], ARGV[4])
if redis.call('LLEN', KEYS[4]) > tonumber(ARGV[6]) then
  redis.call('HDEL', KEYS[3], redis.call('LPOP', KEYS[4]))
end
redis.call('EXPIRE', KEYS[3], ARGV[7])
redis.call('EXPIRE', KEYS[4], ARGV[7])
redis.call('PUBLISH', ARGV[2], string.format('%s:%.0f %s', epoch, top, ARGV[3]))
return {epoch, top, 0}
)";

// ARGV: a new epoch, command, from, to, count, whether a room that nobody knew gets an epoch.
constexpr std::string_view kRead = R"(
local entries = {}
if ARGV[5] ~= '0' then
  entries = redis.call(ARGV[2], KEYS[1], ARGV[3], ARGV[4], 'COUNT', ARGV[5])
end
return {epoch, top, entries}
)";

std::string script(std::string_view creates, std::string_view what) {
  return std::string("local creates = ").append(creates).append(kFindEpoch).append(what);
}

std::string stream_of(std::string_view room) {
  return std::string(kStreamPrefix).append(room);
}

// The offset is the first half of an entry's ID.
std::optional<std::uint64_t> offset_of(std::string_view id) {
  return read_number<std::uint64_t>(id.substr(0, id.find('-')));
}

struct Bounds {
  std::string_view command;
  std::string from;
  std::string to;
  std::string count;
};

Bounds bounds_of(const HistoryRequest& request) {
  const std::string count = std::to_string(request.limit);
  if (!request.newest_first) {
    return {"XRANGE", std::to_string(request.since.value_or(0) + 1), "+", count};
  }
  const std::uint64_t since = request.since.value_or(0);
  return {"XREVRANGE", request.since ? std::to_string(since > 0 ? since - 1 : 0) : "+", "0-1",
          count};
}

// One past the node at `at` and all that it holds.
std::size_t skip(const resp::Reply& reply, std::size_t at) {
  std::size_t open = 1;
  while (open > 0 && at < reply.size()) {
    const ReplyNode& node = reply[at++];
    --open;
    const bool holds = node.kind == ReplyKind::kAggregate || node.kind == ReplyKind::kPush;
    if (holds && node.integer > 0) open += static_cast<std::size_t>(node.integer);
  }
  return at;
}

// The message of an entry: its field `m`, or, of what was added by hand, all fields as text.
std::string message_of(const resp::Reply& reply, std::size_t fields) {
  std::string text;
  const auto words = static_cast<std::size_t>(reply[fields].integer);
  for (std::size_t i = 1; i + 1 <= words && fields + i + 1 < reply.size(); i += 2) {
    const ReplyNode& value = reply[fields + i + 1];
    if (reply[fields + i].text == "m") return std::string(value.text);
    text.append(text.empty() ? "" : " ").append(reply[fields + i].text).append(" ");
    text.append(value.text);
  }
  return text;
}

// `at` is an array of entries, each an array of an ID and an array of fields.
bool read_entries(const resp::Reply& reply, std::size_t at, HistoryPage& page) {
  if (at >= reply.size() || reply[at].kind != ReplyKind::kAggregate) return false;
  const std::int64_t count = reply[at].integer;
  ++at;
  for (std::int64_t i = 0; i < count; ++i) {
    if (at + 2 >= reply.size() || reply[at + 2].kind != ReplyKind::kAggregate) return false;
    const auto offset = offset_of(reply[at + 1].text);
    if (!offset) return false;
    page.messages.push_back({*offset, message_of(reply, at + 2)});
    page.top.offset = std::max(page.top.offset, *offset);
    at = skip(reply, at);
  }
  return true;
}

}  // namespace

std::string channel_of(std::string_view room) {
  if (const auto of = room_of_presence(room)) return std::string(kPresencePrefix).append(*of);
  return std::string(kChannelPrefix).append(room);
}

std::optional<std::string> room_of(std::string_view channel) {
  if (channel.starts_with(kPresencePrefix)) {
    return presence_room(channel.substr(kPresencePrefix.size()));
  }
  if (!channel.starts_with(kChannelPrefix)) return std::nullopt;
  return std::string(channel.substr(kChannelPrefix.size()));
}

Position take_stamp(std::string_view& text) {
  const std::size_t colon = text.substr(0, kEpochBytesMax + 1).find(':');
  if (colon == std::string_view::npos || colon == 0) return {};
  const std::size_t blank = text.find(' ', colon);
  if (blank == std::string_view::npos || blank - colon > 21) return {};
  const std::string_view epoch = text.substr(0, colon);
  const bool is_word =
      epoch.size() >= kEpochBytesMin &&
      epoch.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_") ==
          std::string_view::npos;
  const auto offset = read_number<std::uint64_t>(text.substr(colon + 1, blank - colon - 1));
  if (!is_word || !offset || *offset == 0) return {};
  Position position{std::string(epoch), *offset};
  text.remove_prefix(blank + 1);
  return position;
}

// --- questions ---

std::string RedisDialect::questions() {
  std::string out;
  resp::append_request(out, {"COMMAND", "INFO", "XPUBLISH"});
  resp::append_request(out, {"SCRIPT", "LOAD", script("true", kPublish)});
  resp::append_request(out, {"SCRIPT", "LOAD", script("ARGV[6] == '1'", kRead)});
  return out;
}

void RedisDialect::learn(int question, const resp::Reply& answer) {
  if (question == 0) {
    has_xpublish_ = answer.size() > 2 && answer[1].kind == ReplyKind::kAggregate;
  } else if (answer[0].kind == ReplyKind::kText) {
    (question == 1 ? publish_sha_ : read_sha_) = answer[0].text;
  }
}

// --- requests ---

namespace {

// EVALSHA with the four keys of a room.
void append_script(std::string& out, std::string_view sha, std::string_view room,
                   std::initializer_list<std::string_view> arguments) {
  const std::string stream = stream_of(room);
  const std::string new_epoch = random_id();
  resp::append_header(out, '*', static_cast<std::int64_t>(8 + arguments.size()));
  for (const std::string_view word : {std::string_view("EVALSHA"), sha, std::string_view("4")}) {
    resp::append_bulk(out, word);
  }
  for (const std::string_view suffix : {"", ".meta", ".ids", ".order"}) {
    resp::append_bulk(out, std::string(stream).append(suffix));
  }
  resp::append_bulk(out, new_epoch);
  for (const std::string_view argument : arguments) resp::append_bulk(out, argument);
}

}  // namespace

void RedisDialect::append_publish(std::string& out, std::string_view room,
                                  std::string_view message_id, std::string_view payload) const {
  const std::string channel = channel_of(room);
  if (has_xpublish_) {
    resp::append_request(out, {"XPUBLISH", stream_of(room), channel, "MAXLEN", "~", history_size_,
                               "ONCE", message_id, payload});
    return;
  }
  append_script(out, publish_sha_, room,
                {channel, payload, message_id, history_size_, std::to_string(kIdsMax),
                 std::to_string(kIdsSeconds)});
}

void RedisDialect::append_read(std::string& out, std::string_view room,
                               const HistoryRequest& request) const {
  const Bounds bounds = bounds_of(request);
  if (!has_xpublish_) {
    append_script(
        out, read_sha_, room,
        {bounds.command, bounds.from, bounds.to, bounds.count, request.creates ? "1" : "0"});
    return;
  }
  const std::string stream = stream_of(room);
  resp::append_request(out, {"MULTI"});
  resp::append_request(out, {"XINFO", "STREAM", stream});
  // COUNT 0 would be all of them.
  if (request.limit == 0) {
    resp::append_request(out, {"PING"});
  } else {
    resp::append_request(out,
                         {bounds.command, stream, bounds.from, bounds.to, "COUNT", bounds.count});
  }
  resp::append_request(out, {"EXEC"});
}

void RedisDialect::append_create(std::string& out, std::string_view room) {
  const std::string stream = stream_of(room);
  resp::append_request(out, {"XADD", stream, "0-1", "m", ""});
  resp::append_request(out, {"XDEL", stream, "0-1"});
}

// --- answers ---

namespace {

RedisDialect::Answer trouble(std::string_view text) {
  return {std::string(text), false, text.starts_with("NOSCRIPT")};
}

constexpr std::string_view kStrange = "the bus gave an answer that makes no sense";

// The epoch and the last offset of a flat XINFO STREAM; returns where its reply ends.
std::size_t read_info(const resp::Reply& reply, std::size_t at, Position& top) {
  const auto words = static_cast<std::size_t>(reply[at].integer);
  ++at;
  for (std::size_t i = 0; i + 1 < words && at + 1 < reply.size(); i += 2) {
    const std::string_view field = reply[at].text;
    const ReplyNode& value = reply[at + 1];
    if (field == "epoch") top.epoch = value.text;
    if (field == "last-generated-id") top.offset = offset_of(value.text).value_or(0);
    at = skip(reply, at + 1);
  }
  return at;
}

}  // namespace

RedisDialect::Answer RedisDialect::read_published(const resp::Reply& reply,
                                                  Position& position) const {
  if (reply[0].kind == ReplyKind::kError) return trouble(reply[0].text);
  if (reply.size() != 4 || reply[2].kind != ReplyKind::kInteger) return trouble(kStrange);
  position = {std::string(reply[1].text), static_cast<std::uint64_t>(reply[2].integer)};
  return {};
}

RedisDialect::Answer RedisDialect::read_page(const resp::Reply& reply, HistoryPage& page) const {
  if (reply[0].kind == ReplyKind::kError) return trouble(reply[0].text);
  if (reply.size() < 3) return trouble(kStrange);
  std::size_t entries = 3;
  if (!has_xpublish_) {
    page.top = {std::string(reply[1].text), static_cast<std::uint64_t>(reply[2].integer)};
  } else if (reply[1].kind == ReplyKind::kError) {
    if (reply[1].text.ends_with("no such key")) return {std::string(reply[1].text), true, false};
    return trouble(reply[1].text);
  } else {
    entries = read_info(reply, 1, page.top);
    if (entries < reply.size() && reply[entries].kind == ReplyKind::kText) return {};  // PONG
  }
  if (!read_entries(reply, entries, page)) return trouble(kStrange);
  return {};
}

}  // namespace parley::chat
