#include "broker/backlog_age.h"

#include <algorithm>

namespace parley::broker {

void BacklogAge::note(Time now, std::uint64_t bytes_in, std::uint64_t bytes_out) {
  std::erase_if(notes_, [&](const Note& note) { return note.bytes_in <= bytes_out; });
  if (bytes_in == bytes_out) {
    notes_ = {};
    return;
  }
  if (!notes_.empty() && notes_.back().bytes_in == bytes_in) return;
  if (notes_.size() == kNotesMax) {
    // Every other one goes, never the first: it is the age.
    std::size_t kept = 0;
    for (std::size_t i = 0; i < notes_.size(); i += 2) notes_[kept++] = notes_[i];
    notes_.resize(kept);
  }
  notes_.push_back({now, bytes_in});
}

std::chrono::milliseconds BacklogAge::oldest(Time now, std::uint64_t bytes_out) const {
  const auto first =
      std::ranges::find_if(notes_, [&](const Note& note) { return note.bytes_in > bytes_out; });
  if (first == notes_.end()) return {};
  return std::chrono::duration_cast<std::chrono::milliseconds>(now - first->time);
}

}  // namespace parley::broker
