#include "chatserver/busy_rooms.h"

#include <gtest/gtest.h>

namespace parley::chat {
namespace {

using Sizes = std::vector<RoomSize>;

TEST(BusyRooms, TheMostPopulatedComeFirstAndEqualOnesByName) {
  EXPECT_EQ(most_populated({{"b", 1}, {"c", 3}, {"a", 1}, {"d", 2}}, 3),
            (Sizes{{"c", 3}, {"d", 2}, {"a", 1}}));
  EXPECT_EQ(most_populated({}, 3), Sizes{});
}

TEST(BusyRooms, OfTwoCountsForARoomTheLargerCounts) {
  EXPECT_EQ(most_populated({{"a", 1}, {"b", 2}, {"a", 3}, {"a", 2}}, 9),
            (Sizes{{"a", 3}, {"b", 2}}));
}

TEST(BusyRooms, AWorkerTellsOfItsOwnAsTheyAreAndOfTheOthersAsTheyWrote) {
  BusyRooms rooms(3);
  rooms.write(0, {{"old", 9}});
  rooms.write(1, {{"tea", 2}, {"coffee", 1}});
  EXPECT_EQ(rooms.all(0, {{"tea", 1}, {"new", 1}}), (Sizes{{"tea", 2}, {"coffee", 1}, {"new", 1}}));
  rooms.write(1, {});
  EXPECT_EQ(rooms.all(2, {}), (Sizes{{"old", 9}}));
}

TEST(BusyRooms, NoMoreAreToldThanTheirMost) {
  BusyRooms rooms(2);
  Sizes many;
  for (std::size_t n = 0; n < 2 * BusyRooms::kMax; ++n) many.push_back({std::to_string(n), n});
  rooms.write(1, many);
  const Sizes all = rooms.all(0, {});
  ASSERT_EQ(all.size(), BusyRooms::kMax);
  EXPECT_EQ(all.front().members, 2 * BusyRooms::kMax - 1);
}

}  // namespace
}  // namespace parley::chat
