#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "broker/command.h"
#include "broker/history.h"

// What the commands of streams and keys read from their arguments, with Redis's error texts. Each
// function that takes a Call writes the error and returns false when it does not like what it sees.
namespace parley::broker {

inline constexpr std::string_view kInvalidStreamId =
    "ERR Invalid stream ID specified as stream command argument";
inline constexpr std::string_view kNotAnInteger = "ERR value is not an integer or out of range";
inline constexpr std::string_view kNoSuchKey = "ERR no such key";

bool read_integer(Call& call, std::size_t at, std::int64_t& value);
bool read_stream_id(Call& call, std::size_t at, StreamId& id);

/// The options of XADD, up to its ID, and all arguments of XTRIM.
struct AppendOptions {
  bool create = true;  // not NOMKSTREAM
  Trim trim;
  NewId id;
  std::size_t first_word = 0;  // XADD: where field, value ... begin
};
bool read_append_options(Call& call, AppendOptions& options);
bool read_trim_options(Call& call, Trim& trim);

/// How much trimming with `~` removes at most where no LIMIT is given.
std::uint64_t usual_trim_limit(const NodeLimits& limits);

/// Reads "MAXLEN|MINID [=|~] threshold" at `at`, moves `at` to the threshold.
bool read_trim_threshold(Call& call, std::size_t& at, Trim& trim);

}  // namespace parley::broker
