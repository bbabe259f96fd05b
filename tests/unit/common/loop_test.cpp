#include "common/loop.h"

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <optional>
#include <string>
#include <thread>

namespace parley {
namespace {

class Flusher final : public Flushable {
 public:
  Flusher(Loop& loop, std::string& journal, char name)
      : Flushable(loop), journal_(journal), name_(name) {}

  void flush() override {
    journal_ += name_;
    if (during) during();
  }

  std::function<void()> during;

 private:
  std::string& journal_;
  char name_;
};

// A loop and a journal: handlers write a digit, flushes an upper case letter.
struct Desk {
  Loop loop;
  std::string journal;

  void post(std::function<void()> handler) { boost::asio::post(loop.io(), std::move(handler)); }
  void post_note(char digit) {
    post([this, digit] { journal += digit; });
  }
  // Each handler posts the next one.
  void post_forever() {
    post([this] {
      ++endless;
      post_forever();
    });
  }
  Flusher flusher(char name) { return {loop, journal, name}; }

  int endless = 0;
};

TEST(Loop, WithNothingToDoATickIsNone) {
  Desk desk;
  EXPECT_FALSE(desk.loop.poll());
  EXPECT_EQ(desk.loop.ticks(), 0u);
}

TEST(Loop, ATickRunsAllThatIsReadyAndThenFlushes) {
  Desk desk;
  Flusher a = desk.flusher('A');
  desk.post([&] {
    a.mark();
    desk.journal += '1';
  });
  desk.post_note('2');
  desk.post_note('3');
  EXPECT_TRUE(desk.loop.poll());
  EXPECT_EQ(desk.journal, "123A");
  EXPECT_EQ(desk.loop.ticks(), 1u);
  EXPECT_EQ(desk.loop.handlers(), 3u);
}

TEST(Loop, AHandlerPostedInATickRunsBeforeItsFlush) {
  Desk desk;
  Flusher a = desk.flusher('A');
  desk.post([&] {
    a.mark();
    desk.post_note('1');
  });
  desk.loop.poll();
  EXPECT_EQ(desk.journal, "1A");
}

TEST(Loop, FlushesOnceATickHoweverOftenItWasAsked) {
  Desk desk;
  Flusher a = desk.flusher('A');
  for (int i = 0; i < 10; ++i) {
    desk.post([&] {
      a.mark();
      a.mark();
    });
  }
  desk.loop.poll();
  EXPECT_EQ(desk.journal, "A");
}

TEST(Loop, FlushesInTheOrderOfTheMarks) {
  Desk desk;
  Flusher a = desk.flusher('A');
  Flusher b = desk.flusher('B');
  Flusher c = desk.flusher('C');
  desk.post([&] {
    for (Flusher* each : {&c, &a, &b, &c}) each->mark();
  });
  desk.loop.poll();
  EXPECT_EQ(desk.journal, "CAB");
}

TEST(Loop, WithoutAMarkNothingIsFlushed) {
  Desk desk;
  Flusher a = desk.flusher('A');
  a.mark();
  desk.post_note('1');
  desk.loop.poll();
  desk.post_note('2');
  desk.loop.poll();
  EXPECT_EQ(desk.journal, "1A2");
}

TEST(Loop, AMarkFromOutsideAHandlerIsFlushedByThePollThatFindsNothing) {
  Desk desk;
  Flusher a = desk.flusher('A');
  a.mark();
  EXPECT_FALSE(desk.loop.poll());
  EXPECT_EQ(desk.journal, "A");
}

TEST(Loop, WhatAFlushMarksIsFlushedInTheSameTick) {
  Desk desk;
  Flusher a = desk.flusher('A');
  Flusher b = desk.flusher('B');
  Flusher c = desk.flusher('C');
  a.during = [&] { b.mark(); };
  b.during = [&] { c.mark(); };
  desk.post([&] { a.mark(); });
  desk.loop.poll();
  EXPECT_EQ(desk.journal, "ABC");
}

TEST(Loop, WhatWasFlushedMayBeMarkedOnceMore) {
  Desk desk;
  Flusher a = desk.flusher('A');
  Flusher b = desk.flusher('B');
  b.during = [&] { a.mark(); };
  desk.post([&] {
    a.mark();
    b.mark();
  });
  desk.loop.poll();
  EXPECT_EQ(desk.journal, "ABA");
}

TEST(Loop, AFlushMayMarkItselfOnceMore) {
  Desk desk;
  Flusher a = desk.flusher('A');
  a.during = [&] {
    if (desk.journal.size() < 3) a.mark();
  };
  desk.post([&] { a.mark(); });
  desk.loop.poll();
  EXPECT_EQ(desk.journal, "AAA");
}

TEST(Loop, WhatIsDestroyedInItsTickIsNotFlushed) {
  Desk desk;
  Flusher a = desk.flusher('A');
  std::optional<Flusher> b(std::in_place, desk.loop, desk.journal, 'B');
  Flusher c = desk.flusher('C');
  desk.post([&] {
    for (Flusher* each : {&a, &*b, &c}) each->mark();
    b.reset();
  });
  desk.loop.poll();
  EXPECT_EQ(desk.journal, "AC");
}

TEST(Loop, AFlushMayDestroyOthers) {
  Desk desk;
  Flusher a = desk.flusher('A');
  std::optional<Flusher> before(std::in_place, desk.loop, desk.journal, 'B');
  std::optional<Flusher> after(std::in_place, desk.loop, desk.journal, 'C');
  a.during = [&] {
    before.reset();
    after.reset();
  };
  desk.post([&] {
    for (Flusher* each : {&*before, &a, &*after}) each->mark();
  });
  desk.loop.poll();
  EXPECT_EQ(desk.journal, "BA");
  EXPECT_FALSE(desk.loop.poll());
}

TEST(Loop, ATickHasAnEndThoughHandlersHaveNone) {
  Desk desk;
  Flusher a = desk.flusher('A');
  a.mark();
  desk.post_forever();
  desk.loop.poll();
  EXPECT_EQ(desk.endless, Loop::kHandlersPerTick);
  EXPECT_EQ(desk.loop.handlers(), static_cast<std::uint64_t>(Loop::kHandlersPerTick));
  EXPECT_EQ(desk.journal, "A");
}

TEST(Loop, ATimerGetsItsTurnThoughHandlersHaveNoEnd) {
  Desk desk;
  boost::asio::steady_timer timer(desk.loop.io(), std::chrono::nanoseconds(0));
  timer.async_wait([&](const auto&) { desk.journal += 't'; });
  desk.post_forever();
  for (int tick = 0; tick < 3; ++tick) desk.loop.poll();
  EXPECT_EQ(desk.journal, "t");
}

TEST(Loop, RunEndsAfterTheTickThatStopsIt) {
  Desk desk;
  Flusher a = desk.flusher('A');
  desk.post_note('1');
  desk.post([&] {
    a.mark();
    desk.loop.stop();
  });
  desk.loop.run();
  EXPECT_EQ(desk.journal, "1A");
}

TEST(Loop, AnotherThreadMayPostAndStop) {
  Desk desk;
  std::thread other([&] {
    desk.post_note('1');
    desk.post([&] { desk.loop.stop(); });
  });
  desk.loop.run();
  other.join();
  EXPECT_EQ(desk.journal, "1");
}

TEST(Loop, TheTimeStandsStillWithinATickAndGoesOnBehindIt) {
  Desk desk;
  Loop::Clock::time_point first, second, next_tick;
  desk.post([&] { first = desk.loop.now(); });
  desk.post([&] {
    while (Loop::Clock::now() <= first) std::this_thread::yield();
    second = desk.loop.now();
  });
  desk.loop.poll();
  desk.post([&] { next_tick = desk.loop.now(); });
  desk.loop.poll();
  EXPECT_EQ(second, first);
  EXPECT_GT(next_tick, first);
}

TEST(Loop, CountsWhatItIsToldOf) {
  Loop loop;
  loop.count_sent(10);
  loop.count_sent(5);
  EXPECT_EQ(loop.bytes_sent(), 15u);
}

}  // namespace
}  // namespace parley
