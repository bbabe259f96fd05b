#include "chatserver/room_tail.h"

#include <gtest/gtest.h>

namespace parley::chat {
namespace {

using Texts = std::vector<std::string_view>;

std::vector<RoomTail::Message> messages(std::initializer_list<std::uint64_t> offsets) {
  std::vector<RoomTail::Message> made;
  for (const std::uint64_t offset : offsets)
    made.push_back({offset, std::to_string(offset), "text"});
  return made;
}

TEST(RoomTails, HoldWhatCameSinceTheyBegan) {
  RoomTail tail;
  tail.begin(4);
  tail.push({5, "5", "five"});
  tail.push({6, "6", "six"});
  EXPECT_TRUE(tail.covers(4));
  EXPECT_FALSE(tail.covers(3));
  EXPECT_EQ(tail.after(5), (Texts{"6"}));
  EXPECT_EQ(tail.newest(9), (Texts{"5", "6"}));
  EXPECT_EQ(tail.newest_texts(1), (Texts{"six"}));
  EXPECT_FALSE(tail.holds_newest(3));
}

TEST(RoomTails, AreFilledWithWhatCameBefore) {
  RoomTail tail;
  tail.begin(4);
  tail.push({5, "5", "five"});
  EXPECT_TRUE(tail.fill(messages({2, 3, 4, 5}), 4, 5));
  EXPECT_EQ(tail.newest(9), (Texts{"2", "3", "4", "5"}));
  EXPECT_TRUE(tail.covers(1));
  EXPECT_FALSE(tail.holds_newest(5));
  EXPECT_TRUE(tail.fill(messages({1, 2, 3, 4, 5}), 9, 5));
  EXPECT_TRUE(tail.holds_newest(100)) << "there are no others";
}

TEST(RoomTails, AreNotFilledAcrossAHole) {
  RoomTail tail;
  tail.begin(4);
  tail.push({5, "5", "five"});
  EXPECT_FALSE(tail.fill(messages({1, 2, 3}), 9, 3)) << "4 is in neither";
  EXPECT_EQ(tail.newest(9), (Texts{"5"}));
  EXPECT_FALSE(tail.covers(3));
  EXPECT_TRUE(tail.fill(messages({1, 2, 3}), 9, 4)) << "4 was removed from history";
  EXPECT_TRUE(tail.covers(0));
}

TEST(RoomTails, AnEmptyHistoryIsHeldWhole) {
  RoomTail tail;
  tail.begin(0);
  EXPECT_TRUE(tail.holds_newest(10));
  EXPECT_TRUE(tail.covers(0));
}

TEST(RoomTails, ForgetTheOldestPastTheirLimits) {
  RoomTail tail;
  tail.begin(0);
  for (std::uint64_t n = 1; n <= RoomTail::kMessagesMax + 1; ++n) tail.push({n, "x", "x"});
  EXPECT_FALSE(tail.covers(0));
  EXPECT_TRUE(tail.covers(1));
  const std::string half(RoomTail::kBytesMax / 2, 'x');
  tail.push({RoomTail::kMessagesMax + 2, half, half});
  EXPECT_LE(tail.bytes(), RoomTail::kBytesMax);
  EXPECT_EQ(tail.messages().size(), 1u);
}

}  // namespace
}  // namespace parley::chat
