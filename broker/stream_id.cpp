#include "broker/stream_id.h"

#include <charconv>

#include "common/text.h"

namespace parley::broker {

std::string to_string(StreamId id) {
  char text[48];
  char* end = std::to_chars(text, text + 21, id.ms).ptr;
  *end++ = '-';
  end = std::to_chars(end, end + 21, id.seq).ptr;
  return {text, end};
}

std::optional<StreamId> next(StreamId id) {
  if (id == kStreamIdMax) return std::nullopt;
  if (id.seq == UINT64_MAX) return StreamId{id.ms + 1, 0};
  return StreamId{id.ms, id.seq + 1};
}

std::optional<StreamId> previous(StreamId id) {
  if (id == kStreamIdMin) return std::nullopt;
  if (id.seq == 0) return StreamId{id.ms - 1, UINT64_MAX};
  return StreamId{id.ms, id.seq - 1};
}

std::optional<StreamId> parse_stream_id(std::string_view text, std::uint64_t seq_if_missing) {
  const std::size_t dash = text.find('-');
  const auto ms = read_number<std::uint64_t>(text.substr(0, dash));
  const auto seq = dash == std::string_view::npos
                       ? seq_if_missing
                       : read_number<std::uint64_t>(text.substr(dash + 1));
  if (!ms || !seq) return std::nullopt;
  return StreamId{*ms, *seq};
}

std::optional<NewId> parse_new_id(std::string_view text) {
  if (text == "*") return NewId{};
  if (text.ends_with("-*")) {
    const auto ms = read_number<std::uint64_t>(text.substr(0, text.size() - 2));
    if (!ms) return std::nullopt;
    return NewId{NewId::Kind::kNextSeq, {*ms, 0}};
  }
  const auto id = parse_stream_id(text);
  if (!id) return std::nullopt;
  return NewId{NewId::Kind::kExact, *id};
}

std::optional<StreamId> choose_id(const NewId& wanted, StreamId last, std::uint64_t now_ms) {
  switch (wanted.kind) {
    case NewId::Kind::kFromClock:
      // A clock that was set back must not take the IDs back.
      return now_ms > last.ms ? StreamId{now_ms, 0} : next(last);
    case NewId::Kind::kNextSeq:
      if (wanted.id.ms == last.ms) {
        if (last.seq == UINT64_MAX) return std::nullopt;
        return StreamId{last.ms, last.seq + 1};
      }
      break;
    case NewId::Kind::kExact:
      break;
  }
  if (wanted.id <= last) return std::nullopt;
  return wanted.id;
}

RangeWord parse_range_word(std::string_view text, RangeEnd end, StreamId& id) {
  if (text == "-" || text == "+") {
    id = text == "-" ? kStreamIdMin : kStreamIdMax;
    return RangeWord::kOk;
  }
  const bool without = text.size() > 1 && text.front() == '(';
  if (without) text.remove_prefix(1);
  const auto parsed = parse_stream_id(text, end == RangeEnd::kFirst ? 0 : UINT64_MAX);
  if (!parsed) return RangeWord::kInvalidId;
  const auto bound =
      !without ? parsed : (end == RangeEnd::kFirst ? next(*parsed) : previous(*parsed));
  if (!bound) return RangeWord::kInvalidInterval;
  id = *bound;
  return RangeWord::kOk;
}

}  // namespace parley::broker
