#include <chrono>
#include <limits>

#include "broker/broker.h"
#include "broker/commands.h"
#include "broker/history_arguments.h"
#include "common/text.h"

// The commands that look at streams. The order of their checks is Redis's.
namespace parley::broker {

namespace {

Key* find(Call& call, std::string_view name) {
  return call.broker.history().find_for_reading(call.client.session().db, name);
}

bool read_range_word(Call& call, std::size_t at, RangeEnd end, StreamId& id) {
  switch (parse_range_word(call.args[at], end, id)) {
    case RangeWord::kOk:
      return true;
    case RangeWord::kInvalidId:
      call.reply.error(kInvalidStreamId);
      break;
    case RangeWord::kInvalidInterval:
      call.reply.error(end == RangeEnd::kFirst ? "ERR invalid start ID for the interval"
                                               : "ERR invalid end ID for the interval");
      break;
  }
  return false;
}

bool read_range(Call& call, Range& range) {
  const auto& args = call.args;
  const std::size_t first = range.newest_first ? 3 : 2;
  if (!read_range_word(call, first, RangeEnd::kFirst, range.first)) return false;
  if (!read_range_word(call, 5 - first, RangeEnd::kLast, range.last)) return false;
  for (std::size_t i = 4; i < args.size(); i += 2) {
    if (!equals_ignoring_case(args[i], "count") || i + 1 == args.size()) {
      call.reply.error(kSyntaxError);
      return false;
    }
    std::int64_t count = 0;
    if (!read_integer(call, i + 1, count)) return false;
    range.count_max = count < 0 ? 0 : static_cast<std::uint64_t>(count);
  }
  return true;
}

void reply_range(Call& call, Range range) {
  if (!read_range(call, range)) return;
  const Key* key = find(call, call.args[1]);
  if (key == nullptr) {
    call.reply.array(0);
  } else if (range.count_max == 0) {
    call.reply.null_array();
  } else {
    write_entries(call.reply, key->stream(), range);
  }
}

void need_range(Call& call, Range range, StreamNeeds& needs) {
  if (read_range(call, range)) needs.push_back({.key = call.args[1], .range = range});
}

// --- XREAD ---

struct ReadOptions {
  ReadRequest request;
  std::optional<std::chrono::milliseconds> block;  // 0: for ever
  std::size_t first_stream = 0;
};

bool read_timeout(Call& call, std::size_t at, std::optional<std::chrono::milliseconds>& block) {
  std::int64_t ms = 0;
  if (!resp::parse_integer(call.args[at], ms)) {
    call.reply.error("ERR timeout is not an integer or out of range");
  } else if (ms < 0) {
    call.reply.error("ERR timeout is negative");
  } else if (ms > INT64_MAX - call.broker.history().now_ms()) {
    call.reply.error("ERR timeout is out of range");
  } else {
    block = std::chrono::milliseconds(ms);
    return true;
  }
  return false;
}

bool read_count(Call& call, std::size_t at, std::uint64_t& count_max) {
  std::int64_t count = 0;
  if (!read_integer(call, at, count)) return false;
  count_max = count <= 0 ? UINT64_MAX : static_cast<std::uint64_t>(count);
  return true;
}

std::string only_for_groups(std::string_view option) {
  return "ERR The " + std::string(option) +
         " option is only supported by XREADGROUP. You called XREAD instead.";
}

// The options in front of the streams.
bool read_options(Call& call, ReadOptions& options) {
  const auto& args = call.args;
  for (std::size_t i = 1; i < args.size(); ++i) {
    const std::size_t more = args.size() - i - 1;
    if (more > 0 && equals_ignoring_case(args[i], "block")) {
      if (!read_timeout(call, ++i, options.block)) return false;
    } else if (more > 0 && equals_ignoring_case(args[i], "count")) {
      if (!read_count(call, ++i, options.request.count_max)) return false;
    } else if (more > 0 && equals_ignoring_case(args[i], "streams")) {
      options.first_stream = i + 1;
      if (more % 2 == 0) return true;
      call.reply.error(
          "ERR Unbalanced 'xread' list of streams: for each stream key an ID, '+', or '$' must be "
          "specified.");
      return false;
    } else if (more > 1 && equals_ignoring_case(args[i], "group")) {
      call.reply.error(only_for_groups("GROUP"));
      return false;
    } else if (equals_ignoring_case(args[i], "noack")) {
      call.reply.error(only_for_groups("NOACK"));
      return false;
    } else {
      break;
    }
  }
  call.reply.error(kSyntaxError);
  return false;
}

// The position that an ID of XREAD stands for: what is read lies behind it.
bool read_position(Call& call, std::string_view word, const Key* key, StreamId& after) {
  if (word == "$") {
    after = key ? key->stream().last_id() : kStreamIdMin;
  } else if (word == "+") {
    const auto before_last = key ? previous(key->stream().last_id()) : kStreamIdMin;
    if (!before_last) {
      call.reply.error("ERR the stream last element ID is 0-0");
      return false;
    }
    after = *before_last;
  } else if (word == ">") {
    call.reply.error(
        "ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> "
        "<consumer> option.");
    return false;
  } else if (const auto id = parse_stream_id(word)) {
    after = *id;
  } else {
    call.reply.error(kInvalidStreamId);
    return false;
  }
  return true;
}

bool read_positions(Call& call, ReadOptions& options) {
  const std::size_t streams = (call.args.size() - options.first_stream) / 2;
  for (std::size_t i = options.first_stream; i < options.first_stream + streams; ++i) {
    StreamId after;
    const Key* key = find(call, call.args[i]);
    if (!read_position(call, call.args[i + streams], key, after)) return false;
    options.request.positions.push_back({std::string(call.args[i]), after});
  }
  return true;
}

std::optional<BlockedReaders::Time> deadline(std::chrono::milliseconds block) {
  if (block.count() == 0 || block > BlockedReaders::kLongestWait) return std::nullopt;
  return Loop::Clock::now() + block;
}

}  // namespace

void run_xlen(Call& call) {
  const Key* key = find(call, call.args[1]);
  call.reply.integer(key ? static_cast<std::int64_t>(key->stream().length()) : 0);
}

void need_xrange(Call& call, StreamNeeds& needs) {
  need_range(call, {}, needs);
}

void need_xrevrange(Call& call, StreamNeeds& needs) {
  need_range(call, {.newest_first = true}, needs);
}

void run_xrange(Call& call) {
  reply_range(call, {});
}

void run_xrevrange(Call& call) {
  reply_range(call, {.newest_first = true});
}

void run_xread(Call& call) {
  ReadOptions options;
  options.request.db = call.client.session().db;
  if (!read_options(call, options) || !read_positions(call, options)) return;
  if (write_news(call.reply, call.broker.history(), options.request)) return;
  if (options.block && call.may_block) {
    call.broker.blocked_readers().add(call.client, std::move(options.request),
                                      deadline(*options.block));
  } else {
    call.reply.null_array();
  }
}

void need_xread(Call& call, StreamNeeds& needs) {
  ReadOptions options;
  if (!read_options(call, options)) return;
  const std::size_t streams = (call.args.size() - options.first_stream) / 2;
  for (std::size_t i = options.first_stream; i < options.first_stream + streams; ++i) {
    const std::string_view word = call.args[i + streams];
    Range range{.count_max = options.request.count_max};
    if (word == "+") {
      range = kLastEntry;
    } else if (const auto after = parse_stream_id(word); after && next(*after)) {
      range.first = *next(*after);
    } else {
      continue;
    }
    needs.push_back({.key = call.args[i], .range = range});
  }
}

}  // namespace parley::broker
