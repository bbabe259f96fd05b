// What an Outbox offers to be sent, as tests want to see it.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "common/outbox.h"

namespace parley {

/// Every range that the outbox would send, in order.
inline std::vector<std::string_view> ranges(const Outbox& outbox) {
  std::vector<iovec> buffers(16);
  std::size_t used = outbox.buffers(buffers);
  while (used == buffers.size()) {
    buffers.resize(2 * buffers.size());
    used = outbox.buffers(buffers);
  }
  std::vector<std::string_view> all;
  for (std::size_t i = 0; i < used; ++i) {
    all.emplace_back(static_cast<const char*>(buffers[i].iov_base), buffers[i].iov_len);
  }
  return all;
}

inline std::string unsent(const Outbox& outbox) {
  std::string bytes;
  for (const std::string_view range : ranges(outbox)) bytes += range;
  return bytes;
}

}  // namespace parley
