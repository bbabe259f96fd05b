#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "broker/stream_id.h"

namespace parley::broker {

class Key;

/// The number of a stream on disk: its name may change, this does not. Another stream may get it in
/// a later run, when all that was stored under it is gone.
using StreamNumber = std::uint64_t;

/// What of a stream is not entries: one record on disk.
struct StreamRecord {
  int db = 0;
  std::string name;
  std::string epoch;
  std::string generation;  // of the store when it was written
  StreamId last_id = {};
  StreamId max_deleted_id = {};
  StreamId begin_id = {};
  StreamId trimmed_below = {};
  std::uint64_t entries_added = 0;
  std::uint64_t length = 0;
  std::uint64_t nodes = 0;
  std::int64_t expires_at_ms = 0;
};

std::string encode(const StreamRecord& record);
StreamRecord decode_stream_record(std::string_view bytes);

/// The keys of records: a letter, the stream's number, an ID; big-endian, so that a stream's
/// entries lie in order, side by side.
namespace store_key {
inline constexpr char kStream = 'm';
inline constexpr char kEntry = 'e';
inline constexpr char kOnce = 'o';

std::string stream(StreamNumber number);
std::string entry(StreamNumber number, StreamId id);
std::string once(StreamNumber number, std::uint64_t offset);
/// A number, big-endian.
std::string number(std::uint64_t value);
/// Reads big-endian numbers off the end of a key.
std::uint64_t number_at(std::string_view key, std::size_t position);
}  // namespace store_key

// First byte of an entry's record; its body follows.
inline constexpr char kBeginsNode = 1;
inline constexpr char kRemovedEntry = 2;

/// Changes that reach the disk together or not at all, in order. Each says what is to be there, not
/// what to do with what is there: doing one twice is harmless.
///
/// A value; made on the loop's thread, written by the store's.
class StoreBatch {
 public:
  enum class Kind : char { kPut = 'P', kErase = 'E', kEraseRange = 'R' };

  void put(std::string_view key, std::string_view value) { add(Kind::kPut, key, value); }
  void erase(std::string_view key) { add(Kind::kErase, key, {}); }
  /// From `first` to before `end`.
  void erase_range(std::string_view first, std::string_view end) {
    add(Kind::kEraseRange, first, end);
  }

  bool empty() const { return bytes_.empty(); }
  std::size_t bytes() const { return bytes_.size(); }

  /// Calls visit(kind, first, second) for each.
  template <class Visit>
  void visit(Visit visit) const {
    std::string_view rest = bytes_;
    while (!rest.empty()) {
      const auto kind = static_cast<Kind>(rest.front());
      rest.remove_prefix(1);
      const std::string_view first = take(rest);
      const std::string_view second = take(rest);
      visit(kind, first, second);
    }
  }

 private:
  void add(Kind kind, std::string_view first, std::string_view second);
  static std::string_view take(std::string_view& rest);

  std::string bytes_;
};

}  // namespace parley::broker
