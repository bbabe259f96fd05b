#include "chatserver/catch_up.h"

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <random>

namespace parley::chat {
namespace {

using Verdict = CatchUp::Verdict;

HistoryPage page(std::string epoch, std::uint64_t top, std::vector<std::uint64_t> offsets = {}) {
  HistoryPage page{{std::move(epoch), top}, {}};
  for (const std::uint64_t offset : offsets) {
    page.messages.push_back({offset, std::to_string(offset)});
  }
  return page;
}

std::vector<std::uint64_t> offsets(const CatchUp::Outcome& outcome) {
  std::vector<std::uint64_t> found;
  for (const StoredMessage& message : outcome.messages) found.push_back(message.offset);
  return found;
}

using Offsets = std::vector<std::uint64_t>;

// A room that is live at (e, 5).
CatchUp live_at_five() {
  CatchUp room;
  room.subscribed();
  EXPECT_TRUE(room.take_request());
  room.page(page("e", 5));
  return room;
}

TEST(CatchUps, ARoomBeginsAtTheTopOfItsHistory) {
  const CatchUp room = live_at_five();
  EXPECT_TRUE(room.live());
  EXPECT_EQ(room.position(), (Position{"e", 5}));
}

TEST(CatchUps, TheNextOffsetPassesAndAnOldOneIsDropped) {
  CatchUp room = live_at_five();
  EXPECT_EQ(room.live({"e", 6}, "x"), Verdict::kDeliver);
  EXPECT_EQ(room.live({"e", 6}, "x"), Verdict::kDrop);
  EXPECT_EQ(room.live({"e", 2}, "x"), Verdict::kDrop);
  EXPECT_FALSE(room.take_request());
}

TEST(CatchUps, WhatWasSkippedIsReadAndComesFirst) {
  CatchUp room = live_at_five();
  EXPECT_EQ(room.live({"e", 8}, "8"), Verdict::kHeld);
  EXPECT_EQ(room.take_request()->since, 5u);
  EXPECT_EQ(room.live({"e", 9}, "9"), Verdict::kHeld);
  EXPECT_EQ(offsets(room.page(page("e", 8, {6, 7, 8}))), (Offsets{6, 7, 8, 9}));
  EXPECT_TRUE(room.live());
}

TEST(CatchUps, AfterAnOutageHistoryIsReadFromWhereItStood) {
  CatchUp room = live_at_five();
  room.lost();
  EXPECT_EQ(room.live({"e", 6}, "6"), Verdict::kDrop);
  room.subscribed();
  EXPECT_EQ(room.take_request()->since, 5u);
  EXPECT_EQ(offsets(room.page(page("e", 7, {6, 7}))), (Offsets{6, 7}));
}

TEST(CatchUps, AnAnswerFromBeforeAnOutageDoesNotCount) {
  CatchUp room = live_at_five();
  room.lost();
  room.subscribed();
  ASSERT_TRUE(room.take_request());
  room.lost();
  room.subscribed();
  EXPECT_FALSE(room.take_request()) << "one is still under way";
  EXPECT_TRUE(room.page(page("e", 5)).messages.empty());
  EXPECT_FALSE(room.live());
  ASSERT_TRUE(room.take_request());
  EXPECT_EQ(offsets(room.page(page("e", 6, {6}))), (Offsets{6}));
}

TEST(CatchUps, ALongWayBackIsReadInPages) {
  CatchUp room = live_at_five();
  room.lost();
  room.subscribed();
  ASSERT_TRUE(room.take_request());
  EXPECT_EQ(offsets(room.page(page("e", 9, {6, 7}))), (Offsets{6, 7}));
  EXPECT_FALSE(room.live());
  EXPECT_EQ(room.take_request()->since, 7u);
  EXPECT_EQ(offsets(room.page(page("e", 9, {8, 9}))), (Offsets{8, 9}));
  EXPECT_TRUE(room.live());
}

TEST(CatchUps, WhereMessagesAreGoneTheRoomBeginsAnewAndSaysSo) {
  for (const HistoryPage& lost : {page("e", 9, {8, 9}), page("other", 2, {1, 2}), page("e", 3)}) {
    CatchUp room = live_at_five();
    room.lost();
    room.subscribed();
    ASSERT_TRUE(room.take_request());
    const CatchUp::Outcome outcome = room.page(lost);
    EXPECT_TRUE(outcome.restarted);
    EXPECT_TRUE(outcome.messages.empty());
    EXPECT_EQ(room.position(), lost.top);
  }
}

TEST(CatchUps, WhatWasPublishedInANewEpochIsShown) {
  CatchUp room = live_at_five();
  room.lost();
  room.subscribed();
  ASSERT_TRUE(room.take_request());
  EXPECT_EQ(room.live({"n", 8}, "8"), Verdict::kHeld);
  EXPECT_EQ(room.live({"n", 9}, "9"), Verdict::kHeld);
  EXPECT_TRUE(room.page(page("n", 9)).restarted);
  EXPECT_EQ(room.take_request()->since, 7u);
  const CatchUp::Outcome outcome = room.page(page("n", 9, {8, 9}));
  EXPECT_FALSE(outcome.restarted);
  EXPECT_EQ(outcome.messages.size(), 2u);
  EXPECT_TRUE(room.live());
  EXPECT_EQ(room.live({"n", 10}, "10"), Verdict::kDeliver);
}

TEST(CatchUps, WhatCameOfANewEpochIsShownThoughItWasTooMuchToHold) {
  CatchUp room = live_at_five();
  room.lost();
  room.subscribed();
  ASSERT_TRUE(room.take_request());
  for (std::uint64_t n = 1; n <= CatchUp::kHeldMax + 1; ++n) room.live({"n", n}, "x");
  EXPECT_TRUE(room.page(page("n", CatchUp::kHeldMax + 1)).restarted);
  EXPECT_EQ(room.take_request()->since, 0u);
}

TEST(CatchUps, HeldMessagesAreBoundedAndReadAgain) {
  CatchUp room = live_at_five();
  room.live({"e", 7}, "7");
  ASSERT_TRUE(room.take_request());
  for (std::uint64_t n = 8; n < 8 + CatchUp::kHeldMax; ++n) room.live({"e", n}, "x");
  room.page(page("e", 7, {6, 7}));
  EXPECT_FALSE(room.live());
  EXPECT_EQ(room.take_request()->since, 7u);
}

TEST(CatchUps, AMessageOfAnEpochThatIsOverDoesNotKeepItReading) {
  CatchUp room = live_at_five();
  EXPECT_EQ(room.live({"over", 3}, "x"), Verdict::kHeld);
  int reads = 0;
  while (room.take_request()) {
    ASSERT_LT(++reads, 5);
    room.page(page("e", 5));
  }
  EXPECT_TRUE(room.live());
  EXPECT_EQ(room.position(), (Position{"e", 5}));
}

// A room, a bus that loses messages and connections, and a stream that is trimmed and begun anew:
// whatever happens in whatever order, no message is skipped or doubled unless that was said, and in
// the end the room is at the top.
class RandomWalk {
 public:
  explicit RandomWalk(unsigned seed) : random_(seed) {}

  void run(int steps) {
    for (int i = 0; i < steps; ++i) step();
    if (!connected_) connect();
    settle();
    room_.recheck();  // a lost message is seen now, or when the next one comes
    settle();
    EXPECT_TRUE(room_.live());
    EXPECT_EQ(room_.position(), (Position{epoch_, top_}));
  }

 private:
  bool chance(int percent) { return static_cast<int>(random_() % 100) < percent; }
  void settle() {
    for (int i = 0; i < 10'000 && !settled(); ++i) {
      deliver();
      answer();
      request();
    }
  }
  bool settled() { return room_.live() && live_.empty() && !asked_; }

  void step() {
    switch (random_() % 6) {
      case 0:
      case 1:
        publish();
        break;
      case 2:
        deliver();
        break;
      case 3:
        answer();
        break;
      case 4:
        if (!connected_ && chance(50)) connect();
        if (connected_ && chance(5)) disconnect();
        if (chance(5)) stored_.erase(stored_.begin(), std::next(stored_.begin(), half()));
        if (chance(2)) begin_anew();
        if (chance(10)) room_.recheck();
        break;
      default:
        request();
    }
  }

  long half() const { return static_cast<long>(stored_.size() / 2); }
  std::string text(std::uint64_t offset) const { return epoch_ + ":" + std::to_string(offset); }

  void publish(int lost_percent = 5) {
    ++top_;
    stored_[top_] = text(top_);
    if (connected_ && !chance(lost_percent)) live_.push_back({{epoch_, top_}, text(top_)});
  }
  void begin_anew() {
    epoch_ = "e" + std::to_string(++epochs_);
    top_ = 0;
    stored_.clear();
  }
  void connect() {
    connected_ = true;
    room_.subscribed();
    request();
  }
  void disconnect() {
    connected_ = false;
    live_.clear();
    room_.lost();
    if (chance(50) && asked_) {
      asked_.reset();
      answer_.reset();
      room_.failed();
    }
  }
  void request() {
    room_.retry();
    if (!connected_ || asked_) return;
    asked_ = room_.take_request();
  }
  // The bus looks at a moment, and its answer comes at a later one.
  void answer() {
    if (asked_ && !answer_) {
      answer_ = HistoryPage{{epoch_, top_}, {}};
      for (const auto& [offset, text] : stored_) {
        const bool wanted = asked_->since && offset > *asked_->since;
        if (wanted && answer_->messages.size() < std::min<std::size_t>(asked_->limit, 7)) {
          answer_->messages.push_back({offset, text});
        }
      }
    } else if (answer_) {
      asked_.reset();
      const bool placed = room_.placed();
      const HistoryPage page = *std::exchange(answer_, std::nullopt);
      const CatchUp::Outcome outcome = room_.page(page);
      if (outcome.restarted || (!placed && room_.placed())) {
        seen_ = {room_.position().epoch, room_.position().offset - outcome.messages.size()};
      }
      for (const StoredMessage& message : outcome.messages) {
        see(message.offset, message.payload);
      }
    }
  }
  void deliver() {
    if (live_.empty()) return;
    const auto [position, text] = live_.front();
    live_.pop_front();
    if (room_.live(position, text) == Verdict::kDeliver) see(position.offset, text);
  }
  void see(std::uint64_t offset, const std::string& text) {
    EXPECT_EQ(offset, seen_.offset + 1);
    EXPECT_EQ(text, seen_.epoch + ":" + std::to_string(offset));
    seen_.offset = offset;
  }

  std::minstd_rand random_;
  CatchUp room_;
  Position seen_;
  bool connected_ = false;
  std::string epoch_ = "e0";
  int epochs_ = 0;
  std::uint64_t top_ = 0;
  std::map<std::uint64_t, std::string> stored_;
  std::deque<std::pair<Position, std::string>> live_;
  std::optional<HistoryRequest> asked_;
  std::optional<HistoryPage> answer_;
};

TEST(CatchUps, NothingIsSkippedOrDoubledOnAnyWay) {
  for (unsigned seed = 1; seed <= 2'000; ++seed) {
    RandomWalk(seed).run(400);
    if (testing::Test::HasFailure()) FAIL() << "seed " << seed;
  }
}

}  // namespace
}  // namespace parley::chat
