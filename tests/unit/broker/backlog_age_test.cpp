#include "broker/backlog_age.h"

#include <gtest/gtest.h>

namespace parley::broker {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class BacklogAges : public testing::Test {
 protected:
  void note(int second, std::uint64_t in, std::uint64_t out) {
    age_.note(start_ + seconds(second), in, out);
  }
  milliseconds oldest(int second, std::uint64_t out) const {
    return age_.oldest(start_ + seconds(second), out);
  }

  BacklogAge age_;
  BacklogAge::Time start_{};
};

TEST_F(BacklogAges, NothingUnsentHasNoAge) {
  EXPECT_EQ(oldest(10, 0), seconds(0));
  note(10, 500, 500);
  EXPECT_EQ(oldest(20, 500), seconds(0));
}

TEST_F(BacklogAges, GrowsWhileNothingIsTaken) {
  note(0, 100, 0);
  note(1, 200, 0);
  EXPECT_EQ(oldest(5, 0), seconds(5));
}

TEST_F(BacklogAges, FallsAsOlderBytesAreTaken) {
  note(0, 100, 0);
  note(1, 200, 0);
  note(2, 300, 0);
  EXPECT_EQ(oldest(9, 99), seconds(9));
  EXPECT_EQ(oldest(9, 100), seconds(8));
  EXPECT_EQ(oldest(9, 250), seconds(7));
  EXPECT_EQ(oldest(9, 300), seconds(0));
}

TEST_F(BacklogAges, BeginsAnewOnceAllWasTaken) {
  note(0, 100, 0);
  note(1, 100, 100);
  note(7, 200, 100);
  EXPECT_EQ(oldest(8, 100), seconds(1));
}

TEST_F(BacklogAges, ADayOfBacklogKeepsItsOldestNote) {
  for (int second = 0; second < 86'400; ++second) {
    note(second, 100 + static_cast<std::uint64_t>(second), 0);
  }
  EXPECT_EQ(oldest(86'400, 0), seconds(86'400));
}

}  // namespace
}  // namespace parley::broker
