#include "chatserver/readiness.h"

#include <gtest/gtest.h>

namespace parley::chat {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct ReadinessTest : testing::Test {
  Loop::Clock::time_point start = Loop::Clock::now();
  Readiness readiness{2, seconds(5)};

  void both_up() {
    readiness.bus_changed(0, true, start);
    readiness.bus_changed(1, true, start);
  }
  bool ready(milliseconds after) const { return readiness.why_not(start + after).empty(); }
};

TEST_F(ReadinessTest, EveryWorkerMustHaveReachedTheBus) {
  EXPECT_EQ(readiness.why_not(start), "the bus has not been reached yet");
  readiness.bus_changed(0, true, start);
  EXPECT_FALSE(ready(seconds(0)));
  readiness.bus_changed(1, true, start);
  EXPECT_TRUE(ready(seconds(0)));
}

TEST_F(ReadinessTest, ABusThatWasNeverThereHasNoGrace) {
  readiness.bus_changed(0, true, start);
  readiness.bus_changed(1, false, start);
  EXPECT_FALSE(ready(seconds(0)));
}

TEST_F(ReadinessTest, AnOutageCountsWhenTheGraceIsOver) {
  both_up();
  readiness.bus_changed(1, false, start);
  EXPECT_TRUE(ready(milliseconds(4999)));
  EXPECT_FALSE(ready(seconds(5)));
  EXPECT_EQ(readiness.why_not(start + seconds(7)), "the bus has been away for 7 s");
  readiness.bus_changed(1, true, start + seconds(8));
  EXPECT_TRUE(ready(seconds(8)));
}

TEST_F(ReadinessTest, AnOutageBeginsOnce) {
  both_up();
  readiness.bus_changed(0, false, start);
  readiness.bus_changed(0, false, start + seconds(4));
  EXPECT_FALSE(ready(seconds(5)));
}

TEST_F(ReadinessTest, EachOutageHasAGraceOfItsOwn) {
  both_up();
  readiness.bus_changed(0, false, start);
  readiness.bus_changed(0, true, start + seconds(4));
  readiness.bus_changed(0, false, start + seconds(4));
  EXPECT_TRUE(ready(seconds(8)));
  EXPECT_FALSE(ready(seconds(9)));
}

TEST(Readiness, WithoutGraceAnOutageCountsAtOnce) {
  const auto now = Loop::Clock::now();
  Readiness readiness(1, seconds(0));
  readiness.bus_changed(0, true, now);
  EXPECT_EQ(readiness.why_not(now), "");
  readiness.bus_changed(0, false, now);
  EXPECT_EQ(readiness.why_not(now), "the bus has been away for 0 s");
  EXPECT_FALSE(readiness.why_not(now - seconds(1)).empty());
}

}  // namespace
}  // namespace parley::chat
