#include "broker/history_arguments.h"

#include <algorithm>

#include "broker/broker.h"
#include "common/text.h"

namespace parley::broker {

namespace {

// Trimming with `~` and no LIMIT looks at so many nodes at most, as in Redis.
constexpr std::uint64_t kNodesTrimmedAtOnce = 100;
constexpr std::uint64_t kEntriesTrimmedIfNodesAreUnlimited = 10'000;
constexpr std::uint64_t kEntriesTrimmedMax = 1'000'000;

// The options of XADD and XTRIM while they are being read.
struct OptionReader {
  Call& call;
  bool is_xadd;
  AppendOptions& options;
  std::optional<std::uint64_t> limit = {};

  bool read();
  bool read_limit(std::size_t& at);
  bool check();
};

bool is_word(std::string_view argument, std::string_view word) {
  return equals_ignoring_case(argument, word);
}

bool OptionReader::read_limit(std::size_t& at) {
  std::int64_t value = 0;
  if (!read_integer(call, ++at, value)) return false;
  if (value < 0) {
    call.reply.error("ERR The LIMIT argument must be >= 0.");
    return false;
  }
  limit = static_cast<std::uint64_t>(value);
  return true;
}

bool OptionReader::read() {
  const auto& args = call.args;
  std::size_t at = 2;
  for (; at < args.size(); ++at) {
    const bool more = at + 1 < args.size();
    if (more && (is_word(args[at], "maxlen") || is_word(args[at], "minid"))) {
      if (!read_trim_threshold(call, at, options.trim)) return false;
    } else if (more && is_word(args[at], "limit")) {
      if (!read_limit(at)) return false;
    } else if (!is_xadd) {
      call.reply.error(kSyntaxError);
      return false;
    } else if (is_word(args[at], "nomkstream")) {
      options.create = false;
    } else {
      const auto id = parse_new_id(args[at]);
      if (!id) {
        call.reply.error(kInvalidStreamId);
        return false;
      }
      options.id = *id;
      break;
    }
  }
  options.first_word = at + 1;
  return check();
}

bool OptionReader::check() {
  Trim& trim = options.trim;
  const bool trims = trim.by != Trim::By::kNothing;
  if (limit.value_or(0) > 0 && !trims) {
    call.reply.error(
        "ERR syntax error, LIMIT cannot be used without specifying a trimming strategy");
    return false;
  }
  if (!is_xadd && !trims) {
    call.reply.error("ERR syntax error, XTRIM must be called with a trimming strategy");
    return false;
  }
  if (limit && !trim.approximate) {
    call.reply.error("ERR syntax error, LIMIT cannot be used without the special ~ option");
    return false;
  }
  if (trim.approximate) {
    trim.limit = limit.value_or(usual_trim_limit(call.broker.history().limits().nodes));
  }
  return true;
}

}  // namespace

std::uint64_t usual_trim_limit(const NodeLimits& limits) {
  const std::uint64_t entries =
      std::min(limits.entries_max, kEntriesTrimmedMax) * kNodesTrimmedAtOnce;
  if (entries == 0) return kEntriesTrimmedIfNodesAreUnlimited;
  return std::min(entries, kEntriesTrimmedMax);
}

bool read_integer(Call& call, std::size_t at, std::int64_t& value) {
  if (resp::parse_integer(call.args[at], value)) return true;
  call.reply.error(kNotAnInteger);
  return false;
}

bool read_stream_id(Call& call, std::size_t at, StreamId& id) {
  const auto parsed = parse_stream_id(call.args[at]);
  if (!parsed) {
    call.reply.error(kInvalidStreamId);
    return false;
  }
  id = *parsed;
  return true;
}

bool read_trim_threshold(Call& call, std::size_t& at, Trim& trim) {
  const auto& args = call.args;
  if (trim.by != Trim::By::kNothing) {
    call.reply.error(
        "ERR syntax error, MAXLEN and MINID options at the same time are not compatible");
    return false;
  }
  trim.by = is_word(args[at], "maxlen") ? Trim::By::kLength : Trim::By::kId;
  ++at;
  if (at + 1 < args.size() && (args[at] == "~" || args[at] == "=")) {
    trim.approximate = args[at] == "~";
    ++at;
  }
  if (trim.by == Trim::By::kId) return read_stream_id(call, at, trim.id_min);
  std::int64_t length = 0;
  if (!read_integer(call, at, length)) return false;
  if (length < 0) {
    call.reply.error("ERR The MAXLEN argument must be >= 0.");
    return false;
  }
  trim.length_max = static_cast<std::uint64_t>(length);
  return true;
}

bool read_append_options(Call& call, AppendOptions& options) {
  return OptionReader{call, true, options}.read();
}

bool read_trim_options(Call& call, Trim& trim) {
  AppendOptions options;
  if (!OptionReader{call, false, options}.read()) return false;
  trim = options.trim;
  return true;
}

}  // namespace parley::broker
