#include <vector>

#include "broker/broker.h"
#include "broker/commands.h"
#include "broker/history_arguments.h"
#include "common/text.h"

// The commands that change streams. The order of their checks is Redis's.
namespace parley::broker {

namespace {

// As much as Redis takes in one entry.
constexpr std::uint64_t kEntryBytesMax = 1ULL << 30;

Key* find(Call& call) {
  return call.broker.history().find(call.client.session().db, call.args[1]);
}

bool is_zero(const NewId& id) {
  return id.kind == NewId::Kind::kExact && id.id == kStreamIdMin;
}

bool is_too_large(Words words) {
  std::uint64_t bytes = 0;
  for (const std::string_view word : words) bytes += word.size();
  return bytes > kEntryBytesMax;
}

// Says why a stream takes no entry under this ID; empty if it does, and `id` is set.
std::string_view refusal(const Stream& stream, const NewId& wanted, std::int64_t now_ms,
                         StreamId& id) {
  if (stream.last_id() == kStreamIdMax) {
    return "ERR The stream has exhausted the last possible ID, unable to add more items";
  }
  const auto chosen = choose_id(wanted, stream.last_id(), static_cast<std::uint64_t>(now_ms));
  if (!chosen) {
    return "ERR The ID specified in XADD is equal or smaller than the target stream top item";
  }
  id = *chosen;
  return {};
}

bool read_position(Call& call, StreamPosition& position) {
  const auto& args = call.args;
  if (!read_stream_id(call, 2, position.last_id)) return false;
  for (std::size_t i = 3; i < args.size(); i += 2) {
    const bool more = i + 1 < args.size();
    if (more && equals_ignoring_case(args[i], "entriesadded")) {
      std::int64_t added = 0;
      if (!read_integer(call, i + 1, added)) return false;
      if (added < 0) {
        call.reply.error("ERR entries_added must be positive");
        return false;
      }
      position.entries_added = static_cast<std::uint64_t>(added);
    } else if (more && equals_ignoring_case(args[i], "maxdeletedid")) {
      StreamId id;
      if (!read_stream_id(call, i + 1, id)) return false;
      if (position.last_id < id) {
        call.reply.error(
            "ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id");
        return false;
      }
      // 0-0 is no ID of an entry: it changes nothing, and takes back one that stands before it.
      position.max_deleted_id.reset();
      if (id != kStreamIdMin) position.max_deleted_id = id;
    } else {
      call.reply.error(kSyntaxError);
      return false;
    }
  }
  return true;
}

// Says why a stream cannot be set to this position; empty if it can.
std::string_view refusal(const Stream& stream, const StreamPosition& position) {
  if (position.last_id < stream.max_deleted_id()) {
    return "ERR The ID specified in XSETID is smaller than current max_deleted_entry_id";
  }
  if (stream.length() == 0) return {};
  if (position.last_id < stream.first_entry_id({.newest_first = true})) {
    return "ERR The ID specified in XSETID is smaller than the target stream top item";
  }
  if (position.entries_added && *position.entries_added < stream.length()) {
    return "ERR The entries_added specified in XSETID is smaller than the target stream length";
  }
  return {};
}

}  // namespace

void run_xadd(Call& call) {
  History& history = call.broker.history();
  AppendOptions options;
  if (!read_append_options(call, options)) return;
  const Words words = options.first_word < call.args.size()
                          ? Words(call.args).subspan(options.first_word)
                          : Words();
  if (words.empty() || words.size() % 2 != 0) {
    call.reply.error("ERR wrong number of arguments for 'xadd' command");
    return;
  }
  if (is_zero(options.id)) {
    call.reply.error("ERR The ID specified in XADD must be greater than 0-0");
    return;
  }
  if (!options.create && find(call) == nullptr) {
    call.reply.null_bulk();
    return;
  }
  if (is_too_large(words)) {
    call.reply.error("ERR Elements are too large to be stored");
    return;
  }
  Key& key = history.find_or_create(call.client.session().db, call.args[1]);
  StreamId id;
  const std::string_view refused = refusal(key.stream(), options.id, history.now_ms(), id);
  if (!refused.empty()) {
    call.reply.error(refused);
    return;
  }
  history.append(key, id, words);
  history.trim(key, options.trim);
  call.reply.bulk(to_string(id));
}

void need_xadd(Call& call, StreamNeeds& needs) {
  AppendOptions options;
  if (read_append_options(call, options)) need_append(call.args[1], options.trim, needs);
}

void run_xdel(Call& call) {
  Key* key = find(call);
  if (key == nullptr) {
    call.reply.integer(0);
    return;
  }
  std::vector<StreamId> ids(call.args.size() - 2);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (!read_stream_id(call, i + 2, ids[i])) return;
  }
  call.reply.integer(static_cast<std::int64_t>(call.broker.history().remove(*key, ids)));
}

void need_xdel(Call& call, StreamNeeds& needs) {
  for (const std::string_view word : std::span(call.args).subspan(2)) {
    if (const auto id = parse_stream_id(word)) {
      needs.push_back({.key = call.args[1], .range = {.first = *id, .last = *id}});
    }
  }
}

void run_xtrim(Call& call) {
  Trim trim;
  if (!read_trim_options(call, trim)) return;
  Key* key = find(call);
  const std::uint64_t removed = key ? call.broker.history().trim(*key, trim) : 0;
  call.reply.integer(static_cast<std::int64_t>(removed));
}

void need_xtrim(Call& call, StreamNeeds& needs) {
  Trim trim;
  if (read_trim_options(call, trim)) needs.push_back({.key = call.args[1], .trim = trim});
}

void run_xsetid(Call& call) {
  StreamPosition position;
  if (!read_position(call, position)) return;
  Key* key = find(call);
  if (key == nullptr) {
    call.reply.error(kNoSuchKey);
    return;
  }
  const std::string_view refused = refusal(key->stream(), position);
  if (!refused.empty()) {
    call.reply.error(refused);
    return;
  }
  call.broker.history().set_position(*key, position);
  call.reply.ok();
}

void need_xsetid(Call& call, StreamNeeds& needs) {
  needs.push_back({.key = call.args[1], .range = kLastEntry});
}

}  // namespace parley::broker
