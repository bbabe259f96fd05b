#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <vector>

namespace parley::chat {

/// A room and how many are in it, over all servers as far as it is known.
struct RoomSize {
  std::string name;
  std::size_t members;
  bool operator==(const RoomSize&) const = default;
};

/// The n most populated, those first; of two for one room the larger counts.
std::vector<RoomSize> most_populated(std::vector<RoomSize> rooms, std::size_t n);

/// Each worker's most populated rooms, so that whichever is asked can tell of all. A room is known
/// only to the workers that have members in it.
///
/// Any thread. Its lock is taken once a second by each worker, and when a client asks.
class BusyRooms {
 public:
  /// Rooms that are told of.
  static constexpr std::size_t kMax = 50;

  explicit BusyRooms(std::size_t workers) : of_workers_(workers) {}

  void write(std::size_t worker, std::vector<RoomSize> rooms);
  /// Of all workers; `own` are those of this worker as they are now.
  std::vector<RoomSize> all(std::size_t worker, std::vector<RoomSize> own) const;

 private:
  mutable std::mutex lock_;
  std::vector<std::vector<RoomSize>> of_workers_;
};

}  // namespace parley::chat
