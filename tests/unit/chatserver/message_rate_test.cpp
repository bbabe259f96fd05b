#include "chatserver/message_rate.h"

#include <gtest/gtest.h>

namespace parley::chat {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

int allowed(MessageRate& rate, MessageRate::Time now, int messages) {
  int passed = 0;
  for (int i = 0; i < messages; ++i) passed += rate.allow(now) ? 1 : 0;
  return passed;
}

TEST(MessageRates, ABurstPassesAndThenSoManyASecond) {
  MessageRate rate(10);
  const MessageRate::Time start{seconds(1000)};
  EXPECT_EQ(allowed(rate, start, 100), 50);
  EXPECT_EQ(allowed(rate, start + milliseconds(99), 100), 0);
  EXPECT_EQ(allowed(rate, start + seconds(1), 100), 10);
  EXPECT_EQ(allowed(rate, start + seconds(100), 100), 50);
}

TEST(MessageRates, ZeroIsNoLimit) {
  MessageRate rate(0);
  EXPECT_EQ(allowed(rate, {}, 1000), 1000);
}

TEST(MessageRates, AClockThatStandsStillGivesNothing) {
  MessageRate rate(1);
  const MessageRate::Time start{seconds(1)};
  EXPECT_EQ(allowed(rate, start, 6), 5);
  EXPECT_FALSE(rate.allow(start));
}

}  // namespace
}  // namespace parley::chat
