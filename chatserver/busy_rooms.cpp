#include "chatserver/busy_rooms.h"

#include <algorithm>
#include <tuple>

namespace parley::chat {

std::vector<RoomSize> most_populated(std::vector<RoomSize> rooms, std::size_t n) {
  std::ranges::sort(rooms, [](const RoomSize& a, const RoomSize& b) {
    return std::tie(a.name, b.members) < std::tie(b.name, a.members);
  });
  const auto doubles = std::ranges::unique(rooms, {}, &RoomSize::name);
  rooms.erase(doubles.begin(), doubles.end());
  const auto shown = rooms.begin() + static_cast<std::ptrdiff_t>(std::min(n, rooms.size()));
  std::ranges::partial_sort(rooms, shown, [](const RoomSize& a, const RoomSize& b) {
    return std::tie(b.members, a.name) < std::tie(a.members, b.name);
  });
  rooms.erase(shown, rooms.end());
  return rooms;
}

void BusyRooms::write(std::size_t worker, std::vector<RoomSize> rooms) {
  const std::lock_guard guard(lock_);
  of_workers_[worker] = std::move(rooms);
}

std::vector<RoomSize> BusyRooms::all(std::size_t worker, std::vector<RoomSize> own) const {
  {
    const std::lock_guard guard(lock_);
    for (std::size_t i = 0; i < of_workers_.size(); ++i) {
      if (i != worker) own.insert(own.end(), of_workers_[i].begin(), of_workers_[i].end());
    }
  }
  return most_populated(std::move(own), kMax);
}

}  // namespace parley::chat
