#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "broker/history.h"
#include "common/resp_writer.h"

namespace parley::broker {

/// What an XREAD asks for: the entries behind a position in each of some streams.
struct ReadRequest {
  struct Position {
    std::string key;
    StreamId after;
  };
  int db = 0;
  std::uint64_t count_max = UINT64_MAX;  // of each stream
  std::vector<Position> positions;
};

/// An entry as all commands show it: its ID and an array of field, value, field, value ...
void write_entry(resp::Writer& reply, const Entry& entry);
void write_entries(resp::Writer& reply, const Stream& stream, const Range& range);

/// Writes the reply of XREAD, if at least one of the streams has news; else nothing, and false.
bool write_news(resp::Writer& reply, History& history, const ReadRequest& request);

}  // namespace parley::broker
