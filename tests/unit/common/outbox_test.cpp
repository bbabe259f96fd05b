#include "common/outbox.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <optional>
#include <string>

#include "tests/unit/common/unsent.h"

namespace parley {
namespace {

// The outbox of one connection that hears two channels, neither at the start of its chunk.
struct Sender {
  ChunkPool pool;
  std::optional<FrameWriter> hot{pool};
  std::optional<FrameWriter> other{pool};
  Outbox outbox{pool};

  Sender() {
    hot->write({"earlier"});
    other->write({"earlier"});
  }
  Frame append(std::string_view text) { return append(hot->write({text})); }
  Frame append_other(std::string_view text) { return append(other->write({text})); }
  Frame append(const Frame& frame) {
    outbox.append(frame);
    return frame;
  }
  void write(std::string_view text) { outbox.write(text); }
  void consume(std::size_t n) { outbox.consume(n); }
  // The memory that the outbox holds, once the channels are gone.
  std::size_t held() {
    hot.reset();
    other.reset();
    return pool.bytes_in_use();
  }
};

std::string text_of(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i * 7 % 26);
  return text;
}

TEST(Outbox, IsEmptyAtFirst) {
  Sender sender;
  EXPECT_TRUE(sender.outbox.empty());
  EXPECT_EQ(unsent(sender.outbox), "");
  EXPECT_EQ(sender.held(), 0u);
}

TEST(Outbox, TheFirstFrameIsSharedHoweverSmall) {
  Sender sender;
  const Frame frame = sender.append("x");
  EXPECT_EQ(ranges(sender.outbox).at(0).data(), frame.bytes().data());
}

TEST(Outbox, AFrameBehindTheLastRangeJoinsIt) {
  Sender sender;
  const Frame first = sender.append("one ");
  sender.append("two ");
  sender.append("three");
  ASSERT_EQ(ranges(sender.outbox).size(), 1u);
  EXPECT_EQ(ranges(sender.outbox)[0].data(), first.bytes().data());
  EXPECT_EQ(unsent(sender.outbox), "one two three");
}

TEST(Outbox, AFrameThatWasLeftOutBreaksTheRange) {
  Sender sender;
  sender.append("one ");
  sender.hot->write({"not for us "});
  sender.append("two");
  EXPECT_EQ(unsent(sender.outbox), "one two");
}

TEST(Outbox, ASmallFrameFromElsewhereIsCopied) {
  Sender sender;
  sender.append("one ");
  const Frame frame = sender.append_other(text_of(Outbox::kCopyMax));
  ASSERT_EQ(ranges(sender.outbox).size(), 2u);
  EXPECT_NE(ranges(sender.outbox)[1].data(), frame.bytes().data());
  EXPECT_EQ(unsent(sender.outbox), "one " + text_of(Outbox::kCopyMax));
}

TEST(Outbox, AFrameOverTheCopyLimitIsShared) {
  Sender sender;
  sender.append("one ");
  const Frame frame = sender.append_other(text_of(Outbox::kCopyMax + 1));
  ASSERT_EQ(ranges(sender.outbox).size(), 2u);
  EXPECT_EQ(ranges(sender.outbox)[1].data(), frame.bytes().data());
}

TEST(Outbox, SmallFramesOfTwoChannelsBecomeOneRangeOfOwnBytes) {
  Sender sender;
  sender.append("0");
  for (int i = 0; i < 100; ++i) {
    sender.append_other("a");
    sender.append("b");
  }
  EXPECT_EQ(ranges(sender.outbox).size(), 2u);
  EXPECT_EQ(sender.outbox.bytes(), 201u);
}

TEST(Outbox, AHotChannelIsSharedAgainSoonAfterAnInterruption) {
  Sender sender;
  sender.append("before");
  sender.write("interrupted");
  for (int i = 0; i < 300; ++i) sender.append(text_of(100));
  EXPECT_EQ(ranges(sender.outbox).size(), 3u);
  EXPECT_EQ(sender.held(), ChunkPool::kSharedBytes + ChunkPool::kOwnBytes);
}

TEST(Outbox, AHotChannelIsSharedInItsNextChunkToo) {
  Sender sender;
  for (int i = 0; i < 1000; ++i) sender.append(text_of(100));
  EXPECT_EQ(ranges(sender.outbox).size(), 2u);
  EXPECT_EQ(sender.held(), 2 * ChunkPool::kSharedBytes);
}

TEST(Outbox, WrittenBytesJoin) {
  Sender sender;
  sender.write("+OK\r\n");
  sender.write("");
  sender.write(":1\r\n");
  EXPECT_EQ(ranges(sender.outbox).size(), 1u);
  EXPECT_EQ(unsent(sender.outbox), "+OK\r\n:1\r\n");
}

TEST(Outbox, ASmallFrameJoinsOwnBytes) {
  Sender sender;
  sender.write("+OK\r\n");
  sender.append("hello");
  EXPECT_EQ(ranges(sender.outbox).size(), 1u);
  EXPECT_EQ(unsent(sender.outbox), "+OK\r\nhello");
}

TEST(Outbox, AnEmptyFrameAddsNothing) {
  Sender sender;
  sender.append("");
  EXPECT_TRUE(sender.outbox.empty());
  EXPECT_TRUE(ranges(sender.outbox).empty());
  EXPECT_EQ(sender.held(), 0u);
}

TEST(Outbox, AnEmptyFrameInBetweenChangesNothing) {
  Sender sender;
  sender.append("one");
  sender.append_other("");
  sender.append("two");
  EXPECT_EQ(ranges(sender.outbox).size(), 1u);
  EXPECT_EQ(unsent(sender.outbox), "onetwo");
}

TEST(Outbox, WritesOfEverySizeArriveWhole) {
  const std::size_t own = ChunkPool::kOwnBytes;
  const std::size_t shared = ChunkPool::kSharedBytes;
  for (const std::size_t size : {own - 1, own, own + 1, shared, shared + 1, 5 * shared + 3}) {
    Sender sender;
    sender.write("head ");
    sender.write(text_of(size));
    sender.write(" tail");
    EXPECT_EQ(unsent(sender.outbox), "head " + text_of(size) + " tail") << size;
  }
}

TEST(Outbox, OffersNoMoreBuffersThanThereIsRoomFor) {
  Sender sender;
  for (int i = 0; i < 5; ++i) {
    sender.append(text_of(600));
    sender.append_other(text_of(600));
  }
  iovec buffers[16];
  EXPECT_EQ(sender.outbox.buffers(buffers), 10u);
  EXPECT_EQ(sender.outbox.buffers({buffers, 10}), 10u);
  EXPECT_EQ(sender.outbox.buffers({buffers, 3}), 3u);
  EXPECT_EQ(sender.outbox.buffers({buffers, 0}), 0u);
}

TEST(Outbox, CountsWhatWentInAndOut) {
  Sender sender;
  sender.write("12345");
  sender.append("678");
  EXPECT_EQ(sender.outbox.bytes(), 8u);
  sender.consume(6);
  EXPECT_EQ(sender.outbox.bytes(), 2u);
  EXPECT_EQ(sender.outbox.bytes_out(), 6u);
  EXPECT_EQ(sender.outbox.bytes_in(), 8u);
}

TEST(Outbox, ClearForgetsWhatWasNotSent) {
  Sender sender;
  sender.append("shared");
  sender.write("own");
  sender.append_other(text_of(1000));
  sender.outbox.clear();
  EXPECT_TRUE(sender.outbox.empty());
  EXPECT_TRUE(ranges(sender.outbox).empty());
  EXPECT_EQ(sender.held(), 0u);
}

TEST(Outbox, HoldsNoMemoryWhenAllIsSent) {
  Sender sender;
  sender.append("shared");
  sender.write("own");
  sender.append_other(text_of(1000));
  sender.consume(sender.outbox.bytes());
  EXPECT_EQ(sender.held(), 0u);
}

TEST(Outbox, LetsGoOfAChunkThatIsSent) {
  Sender sender;
  const std::string large = text_of(ChunkPool::kSharedBytes / 2 + 1);  // one a chunk
  sender.append(large);
  sender.append(large);
  sender.append(large);
  sender.consume(2 * large.size() + 1);
  EXPECT_EQ(sender.held(), ChunkPool::kSharedBytes);
}

// Ranges of all kinds: shared, joined, copied, own, long and short.
std::string fill(Sender& sender) {
  std::string all;
  const auto add = [&](std::string_view text) {
    all += text;
    return text;
  };
  sender.append(add("first "));
  sender.append(add("joined "));
  sender.append_other(add("copied "));
  sender.write(add("own "));
  sender.append(add(text_of(700)));
  sender.append_other(add(text_of(601)));
  sender.append_other(add("behind it "));
  sender.write(add("last"));
  return all;
}

TEST(Outbox, ConsumedAtAnyPlaceItKeepsTheRest) {
  for (std::size_t n = 0;; ++n) {
    Sender sender;
    const std::string all = fill(sender);
    if (n > all.size()) break;
    sender.consume(n);
    ASSERT_EQ(unsent(sender.outbox), all.substr(n)) << "after " << n << " bytes";
    sender.append(" and more");
    ASSERT_EQ(unsent(sender.outbox), all.substr(n) + " and more") << "after " << n << " bytes";
  }
}

TEST(Outbox, BlockedAtAnyPlaceItKeepsTheRest) {
  for (std::size_t n = 0;; ++n) {
    Sender sender;
    const std::string all = fill(sender);
    if (n > all.size()) break;
    sender.consume(n);
    sender.outbox.blocked();
    ASSERT_EQ(unsent(sender.outbox), all.substr(n)) << "after " << n << " bytes";
    sender.append(" and more");
    ASSERT_EQ(unsent(sender.outbox), all.substr(n) + " and more") << "after " << n << " bytes";
  }
}

TEST(Outbox, ConsumedInStepsOfAnySizeItGivesTheSameBytes) {
  for (const std::size_t step : {1u, 2u, 3u, 7u, 64u, 600u, 701u, 1000u}) {
    Sender sender;
    const std::string all = fill(sender);
    std::string sent;
    while (!sender.outbox.empty()) {
      const std::size_t n = std::min(step, sender.outbox.bytes());
      sent += unsent(sender.outbox).substr(0, n);
      sender.consume(n);
    }
    EXPECT_EQ(sent, all) << "in steps of " << step;
  }
}

TEST(Outbox, HundredsOfRangesAreSentInOrder) {
  Sender sender;
  std::string all;
  for (std::size_t i = 0; i < 500; ++i) {
    const std::string text = std::to_string(i) + text_of(600);
    i % 2 ? sender.append(text) : sender.append_other(text);
    all += text;
    if (i % 3 == 2) {
      sender.consume(700);
      all.erase(0, 700);
    }
    ASSERT_EQ(unsent(sender.outbox), all);
  }
}

// --- when the kernel takes no more ---

TEST(Outbox, ASlowReaderOfLittleDoesNotPinASharedChunk) {
  Sender sender;
  sender.append("a few bytes");
  sender.outbox.blocked();
  EXPECT_EQ(unsent(sender.outbox), "a few bytes");
  EXPECT_EQ(sender.held(), ChunkPool::kOwnBytes);
}

TEST(Outbox, ASlowReaderOfMuchGoesOnSharing) {
  Sender sender;
  const std::string large = text_of(ChunkPool::kSharedBytes / 2);
  const Frame frame = sender.append(large);
  sender.outbox.blocked();
  EXPECT_EQ(ranges(sender.outbox).at(0).data(), frame.bytes().data());
  EXPECT_EQ(sender.held(), ChunkPool::kSharedBytes);
}

TEST(Outbox, TheRestOfALongRangeIsCopiedOutWhenItGotShort) {
  Sender sender;
  const std::string large = text_of(ChunkPool::kSharedBytes);
  sender.append(large);
  sender.consume(large.size() - 10);
  sender.outbox.blocked();
  EXPECT_EQ(unsent(sender.outbox), large.substr(large.size() - 10));
  EXPECT_EQ(sender.held(), ChunkPool::kOwnBytes);
}

TEST(Outbox, TheRestOfALongReplyIsCopiedOutWhenItGotShort) {
  Sender sender;
  const std::string large = text_of(ChunkPool::kSharedBytes - 100);
  sender.write(large);
  sender.consume(large.size() - 10);
  sender.outbox.blocked();
  EXPECT_EQ(unsent(sender.outbox), large.substr(large.size() - 10));
  EXPECT_EQ(sender.held(), ChunkPool::kOwnBytes);
}

TEST(Outbox, FramesThatComeWhileItIsBlockedDoNotPinTheirChunksEither) {
  Sender sender;
  sender.append("first");
  sender.outbox.blocked();
  std::deque<FrameWriter> channels;
  for (int i = 0; i < 100; ++i) {
    channels.emplace_back(sender.pool);
    sender.append(channels.back().write({text_of(600)}));
    if (i % 3 == 0) sender.write("own bytes");
  }
  channels.clear();
  const std::size_t last_frame = ChunkPool::kSharedBytes;
  EXPECT_EQ(sender.outbox.bytes(), 5u + 100 * 600 + 34 * 9);
  EXPECT_LE(sender.held(), sender.outbox.bytes() + ChunkPool::kOwnBytes + last_frame);
}

TEST(Outbox, HoldsAFewTimesWhatIsUnsentHoweverItIsMixed) {
  Sender sender;
  std::deque<FrameWriter> channels;
  for (std::size_t i = 0; i < 100; ++i) {
    channels.emplace_back(sender.pool);
    sender.append(channels.back().write({text_of(200 * i)}));
    sender.write("own bytes");
  }
  channels.clear();
  sender.outbox.blocked();
  EXPECT_LE(sender.held(), Outbox::kUnpinShare * sender.outbox.bytes());
}

TEST(Outbox, OwnBytesThatFillTheirChunkWhileATailIsCopiedOutStayWhole) {
  for (std::size_t room = 0; room < 300; room += 10) {
    Sender sender;
    const std::string own = text_of(ChunkPool::kOwnBytes - room);
    sender.write(own);
    sender.outbox.blocked();
    const std::string tail = text_of(Outbox::kCopyMax + 1);
    sender.append(tail);
    sender.write(text_of(200));
    ASSERT_EQ(unsent(sender.outbox), own + tail + text_of(200)) << "room for " << room;
  }
}

TEST(Outbox, WhenAllIsSentItIsNoLongerBlocked) {
  Sender sender;
  sender.append("first");
  sender.outbox.blocked();
  sender.consume(5);
  sender.append("one");
  const Frame frame = sender.append_other(text_of(600));
  sender.append("three");
  EXPECT_EQ(ranges(sender.outbox).size(), 3u);
  EXPECT_EQ(ranges(sender.outbox)[1].data(), frame.bytes().data());
}

// --- ending between two frames ---

TEST(Outbox, NothingOfAFrameThatWasNotBegunIsKept) {
  Sender sender;
  sender.append("one");
  sender.write("two");
  sender.outbox.keep_started_frame();
  EXPECT_TRUE(sender.outbox.empty());
  EXPECT_EQ(unsent(sender.outbox), "");
}

TEST(Outbox, TheRestOfAFrameThatWasBegunIsKept) {
  Sender sender;
  sender.append("one");
  sender.append("two");
  sender.append("three");
  sender.consume(4);
  sender.outbox.keep_started_frame();
  EXPECT_EQ(unsent(sender.outbox), "wo");
  EXPECT_EQ(sender.outbox.bytes(), 2u);
}

TEST(Outbox, AFrameThatWasWrittenInPiecesIsKeptWhole) {
  Sender sender;
  sender.outbox.write("header ");
  sender.outbox.write(text_of(10000), false);
  sender.outbox.write("next");
  sender.consume(3);
  sender.outbox.keep_started_frame();
  EXPECT_EQ(unsent(sender.outbox), "der " + text_of(10000));
}

TEST(Outbox, AFrameThatWasCopiedOutIsKeptAsWell) {
  Sender sender;
  for (const char* const text : {"one", "two", "three"}) sender.append(text);
  sender.consume(1);
  sender.outbox.blocked();
  sender.consume(3);
  sender.outbox.keep_started_frame();
  EXPECT_EQ(unsent(sender.outbox), "wo");
}

TEST(Outbox, WhatComesBehindTheKeptFrameFollowsIt) {
  Sender sender;
  sender.append("one");
  sender.append("two");
  sender.consume(1);
  sender.outbox.keep_started_frame();
  sender.write("goodbye");
  EXPECT_EQ(unsent(sender.outbox), "negoodbye");
}

// --- many readers of one channel ---

struct Crowd {
  ChunkPool pool;
  FrameWriter channel{pool};
  std::deque<Outbox> outboxes;

  explicit Crowd(std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) outboxes.emplace_back(pool);
  }
  void publish(std::string_view text) {
    const Frame frame = channel.write({text});
    for (Outbox& outbox : outboxes) outbox.append(frame);
  }
  void block() {
    for (Outbox& outbox : outboxes) outbox.blocked();
  }
};

TEST(Outbox, AThousandOfOneChannelShareOneCopy) {
  Crowd crowd(1000);
  for (int i = 0; i < 1000; ++i) crowd.publish(text_of(100));
  EXPECT_EQ(crowd.pool.bytes_in_use(), 2 * ChunkPool::kSharedBytes);
  for (const Outbox& outbox : crowd.outboxes) EXPECT_EQ(ranges(outbox).size(), 2u);
}

TEST(Outbox, AThousandBlockedOnesOfOneChannelShareOneCopy) {
  Crowd crowd(1000);
  for (int i = 0; i < 1000; ++i) crowd.publish(text_of(100));
  crowd.block();
  EXPECT_EQ(crowd.pool.bytes_in_use(), 2 * ChunkPool::kSharedBytes);
}

TEST(Outbox, BlockedFromTheStartTheyShareAllButAFewKilobytesEach) {
  Crowd crowd(1000);
  crowd.publish("first");
  crowd.block();
  for (int i = 0; i < 10000; ++i) crowd.publish(text_of(100));
  const std::size_t one_copy = 16 * ChunkPool::kSharedBytes;
  EXPECT_LE(crowd.pool.bytes_in_use(), one_copy + 1000 * ChunkPool::kOwnBytes);
  EXPECT_EQ(unsent(crowd.outboxes.back()), unsent(crowd.outboxes.front()));
}

}  // namespace
}  // namespace parley
