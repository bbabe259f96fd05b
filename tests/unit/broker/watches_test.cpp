#include "broker/watches.h"

#include <gtest/gtest.h>

namespace parley::broker {
namespace {

// Watches know clients by their addresses alone.
class WatchesTest : public testing::Test {
 protected:
  Client& client(std::size_t index) { return reinterpret_cast<Client&>(places_[index]); }

  Watches watches_;

 private:
  std::uint64_t places_[2] = {};
};

TEST_F(WatchesTest, ATouchedKeyMarksThoseWhoWatchIt) {
  watches_.watch(client(0), 0, "a");
  watches_.watch(client(1), 0, "b");
  watches_.touch(0, "a");
  EXPECT_TRUE(watches_.changed(client(0)));
  EXPECT_FALSE(watches_.changed(client(1)));
}

TEST_F(WatchesTest, AKeyOfAnotherDatabaseIsAnotherKey) {
  watches_.watch(client(0), 3, "a");
  watches_.touch(0, "a");
  EXPECT_FALSE(watches_.changed(client(0)));
  watches_.touch("a");
  EXPECT_TRUE(watches_.changed(client(0)));
}

TEST_F(WatchesTest, UnwatchForgetsKeysAndChanges) {
  watches_.watch(client(0), 0, "a");
  watches_.watch(client(0), 1, "a");
  watches_.watch(client(0), 1, "a");
  EXPECT_EQ(watches_.keys_of(client(0)), 2U);
  watches_.touch(1, "a");
  watches_.unwatch(client(0));
  EXPECT_EQ(watches_.clients(), 0U);
  EXPECT_FALSE(watches_.changed(client(0)));
  watches_.touch(1, "a");
  EXPECT_FALSE(watches_.changed(client(0)));
}

TEST_F(WatchesTest, AFlushMarksThoseWhoseKeyIsThere) {
  watches_.watch(client(0), 0, "there");
  watches_.watch(client(1), 0, "missing");
  watches_.touch_all([](int, std::string_view key) { return key == "there"; });
  EXPECT_TRUE(watches_.changed(client(0)));
  EXPECT_FALSE(watches_.changed(client(1)));
  watches_.touch_all();
  EXPECT_TRUE(watches_.changed(client(1)));
}

}  // namespace
}  // namespace parley::broker
