#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace parley::broker {

// The IDs of stream entries and the words in which commands name them. Pure functions, any thread.
// Where Redis's parser takes blanks or a plus sign in front of a number, this one does not.

/// "ms-seq": two numbers, the first usually a time in milliseconds, for XPUBLISH the offset.
struct StreamId {
  std::uint64_t ms = 0;
  std::uint64_t seq = 0;

  auto operator<=>(const StreamId&) const = default;
  friend std::string to_string(StreamId id);  // "ms-seq"
};

inline constexpr StreamId kStreamIdMin{0, 0};
inline constexpr StreamId kStreamIdMax{UINT64_MAX, UINT64_MAX};

/// The ID right behind, or right before, if there is one.
std::optional<StreamId> next(StreamId id);
std::optional<StreamId> previous(StreamId id);

/// "ms-seq", or "ms" with the given seq.
std::optional<StreamId> parse_stream_id(std::string_view text, std::uint64_t seq_if_missing = 0);

/// What XADD may say for the ID of a new entry.
struct NewId {
  enum class Kind : std::uint8_t {
    kFromClock,  // "*"
    kNextSeq,    // "ms-*"
    kExact       // "ms-seq" or "ms"
  };
  Kind kind = Kind::kFromClock;
  StreamId id;
};
std::optional<NewId> parse_new_id(std::string_view text);

/// The ID that a new entry gets, or nothing if it would not be greater than `last`.
std::optional<StreamId> choose_id(const NewId& wanted, StreamId last, std::uint64_t now_ms);

/// One end of a range: "-", "+", an ID, or "(" and an ID for "without this one".
enum class RangeEnd : std::uint8_t { kFirst, kLast };
enum class RangeWord : std::uint8_t { kOk, kInvalidId, kInvalidInterval };
RangeWord parse_range_word(std::string_view text, RangeEnd end, StreamId& id);

}  // namespace parley::broker
