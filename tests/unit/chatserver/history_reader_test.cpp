#include "chatserver/history_reader.h"

#include <gtest/gtest.h>

#include "tests/unit/chatserver/fakes.h"

namespace parley::chat {
namespace {

class Readings : public testing::Test {
 protected:
  void store(int count, std::size_t bytes) {
    for (int i = 0; i < count; ++i) bus.store("tea", std::string(bytes, 'x'));
  }
  void read(const HistoryRequest& request) {
    reader.read("tea", request, [this](const BusError& failure, HistoryPage page) {
      error = failure.text;
      offsets.clear();
      for (const StoredMessage& message : page.messages) offsets.push_back(message.offset);
      ++answers;
    });
  }
  std::vector<std::uint64_t> from_to(std::uint64_t from, std::uint64_t to) {
    std::vector<std::uint64_t> all;
    for (std::uint64_t offset = from; offset != to; from < to ? ++offset : --offset) {
      all.push_back(offset);
    }
    return all;
  }

  FakeBus bus;
  HistoryReader reader{bus};
  std::string error;
  std::vector<std::uint64_t> offsets;
  int answers = 0;
};

TEST_F(Readings, OfSmallMessagesAreTwoPages) {
  store(300, 100);
  read({.limit = 280});
  EXPECT_EQ(offsets, from_to(1, 281));
  EXPECT_EQ(bus.log.size(), 2u);
  read({.since = 251, .limit = 200, .newest_first = true});
  EXPECT_EQ(offsets, from_to(250, 50));
}

TEST_F(Readings, AreNoLongerThanOneAnswerMayBe) {
  store(300, 60'000);
  read({.since = 100, .limit = 300});
  EXPECT_EQ(offsets, from_to(101, 101 + HistoryReader::kFirstPage));
  store(300, 10'000);
  read({.since = 300, .limit = 300});
  EXPECT_EQ(offsets.size(), 40u) << "384 KiB, the last one included";
}

TEST_F(Readings, EndWithTheHistory) {
  store(16, 10);
  read({.limit = 300});
  EXPECT_EQ(offsets, from_to(1, 17));
  read({.limit = 0});
  EXPECT_EQ(offsets, (std::vector<std::uint64_t>{}));
  read({.since = 16, .limit = 10});
  EXPECT_EQ(offsets, (std::vector<std::uint64_t>{}));
  EXPECT_EQ(answers, 3);
}

TEST_F(Readings, FailWithTheBusOrWhenTheRoomBeginsAnew) {
  bus.answers_reads = false;
  store(40, 10);
  read({.limit = 40});
  bus.answer();
  bus.streams["tea"].epoch = "second";
  bus.answer();
  EXPECT_EQ(error, "the room began anew while it was read");
  read({.limit = 40});
  bus.answer();
  bus.answer("the bus is away");
  EXPECT_EQ(error, "the bus is away");
}

TEST_F(Readings, AreSomeAtATime) {
  bus.answers_reads = false;
  store(1, 10);
  for (int i = 0; i < 100; ++i) read({.limit = 1});
  EXPECT_EQ(bus.reads.size(), HistoryReader::kReadingsMax);
  while (!bus.reads.empty()) bus.answer();
  EXPECT_EQ(answers, 100);
}

}  // namespace
}  // namespace parley::chat
