#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "common/loop.h"

namespace parley::broker {

/// How long the oldest unsent byte of a connection has been waiting, to about a second, or to a
/// part of the age once that is over half a minute.
///
/// Nothing is written down for each message: from time to time it notes how many bytes had been put
/// in until then. A byte that lies behind such a note came after it.
///
/// Owned by its client, on its thread. Keeps at most kNotesMax notes, and none while all is sent.
class BacklogAge {
 public:
  using Time = Loop::Clock::time_point;
  static constexpr std::size_t kNotesMax = 32;

  /// To be called when the kernel blocks, and about once a second: so many bytes were put into the
  /// outbox and so many taken out, ever.
  void note(Time now, std::uint64_t bytes_in, std::uint64_t bytes_out);
  /// Zero if all is sent, or nothing was noted yet.
  std::chrono::milliseconds oldest(Time now, std::uint64_t bytes_out) const;

 private:
  struct Note {
    Time time;
    std::uint64_t bytes_in;
  };
  std::vector<Note> notes_;  // rising in both
};

}  // namespace parley::broker
