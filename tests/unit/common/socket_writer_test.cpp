#include "common/socket_writer.h"

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <optional>
#include <random>
#include <string>

#include "tests/unit/common/connection.h"

namespace parley {
namespace {

// A writer on one end of a connection, the peer on the other, and what the owner was told.
class Line : public Connection, private SocketWriter::Owner {
 public:
  void publish(std::string_view text) { writer.append(channel->write({text})); }
  // More than the kernel takes while nobody reads.
  void fill() {
    for (int i = 0; i < 64; ++i) publish(std::string(64 * 1024, 'f'));
    run_until(loop, [&] { return writer.pending(); });
  }
  std::size_t unsent() const { return writer.outbox().bytes(); }

  std::optional<FrameWriter> channel{loop.chunks()};
  SocketWriter writer{loop, ours, *this};
  int blocked = 0;
  int drained = 0;
  int failed = 0;
  std::string failure;

 private:
  void send_failed(const boost::system::error_code& error) override {
    ++failed;
    failure = error.message();
  }
  void send_blocked() override { ++blocked; }
  void send_drained() override { ++drained; }
};

TEST(SocketWriter, SendsWhatWasAppendedWhenTheTickEnds) {
  Line line;
  line.publish("frame ");
  line.writer.write("own bytes ");
  line.publish("frame");
  EXPECT_EQ(line.peer_reads(100), "");
  line.loop.poll();
  EXPECT_EQ(line.peer_gets(21), "frame own bytes frame");
  EXPECT_EQ(line.loop.bytes_sent(), 21u);
  EXPECT_EQ(line.blocked + line.drained + line.failed, 0);
}

TEST(SocketWriter, AllBytesArriveInOrderAtASlowReader) {
  Line line;
  std::mt19937 random(7);
  std::string sent, received;
  const auto send_some = [&] {
    std::string text(1 + random() % 20000, '\0');
    for (char& c : text) c = static_cast<char>(random());
    sent += text;
    random() % 2 ? line.publish(text) : line.writer.write(text);
  };
  run_until(line.loop, [&] {
    if (sent.size() < 4'000'000) send_some();
    received += line.peer_reads(1 + random() % 8000);
    return sent.size() >= 4'000'000 && received.size() == sent.size();
  });
  EXPECT_TRUE(received == sent);
  EXPECT_GT(line.blocked, 0);
  EXPECT_EQ(line.loop.bytes_sent(), sent.size());
}

TEST(SocketWriter, MoreRangesThanOneCallTakesArriveInOrder) {
  Line line;
  FrameWriter other(line.loop.chunks());
  std::string sent;
  for (int i = 0; i < 500; ++i) {
    const std::string text = std::to_string(i) + std::string(600, 'x');
    sent += text;
    line.writer.append((i % 2 ? *line.channel : other).write({text}));
  }
  EXPECT_TRUE(line.peer_gets(sent.size()) == sent);
}

TEST(SocketWriter, SaysThatItIsBlockedAndHowMuchIsLeft) {
  Line line;
  line.fill();
  EXPECT_EQ(line.blocked, 1);
  EXPECT_GT(line.unsent(), 0u);
  EXPECT_EQ(line.drained, 0);
}

TEST(SocketWriter, SaysSoAgainEachTickInWhichThereIsMore) {
  Line line;
  line.fill();
  const std::size_t before = line.unsent();
  line.publish("more");
  line.loop.poll();
  line.publish("and more");
  line.loop.poll();
  EXPECT_EQ(line.blocked, 3);
  EXPECT_EQ(line.unsent(), before + 12);
}

TEST(SocketWriter, SaysOnceThatAllIsSent) {
  Line line;
  line.fill();
  line.peer_gets(64 * 64 * 1024);
  run_until(line.loop, [&] { return line.drained > 0; });
  EXPECT_FALSE(line.writer.pending());
  EXPECT_TRUE(line.writer.outbox().empty());
  line.publish("later");
  line.loop.poll();
  EXPECT_EQ(line.drained, 1);
}

TEST(SocketWriter, KnowsSinceWhenItIsBlocked) {
  Line line;
  const auto before = Loop::Clock::now();
  line.fill();
  EXPECT_GE(line.writer.blocked_since(), before);
  const auto since = line.writer.blocked_since();
  EXPECT_LE(since, Loop::Clock::now());
  line.publish("more");
  line.loop.poll();
  EXPECT_EQ(line.writer.blocked_since(), since);
}

TEST(SocketWriter, ALittleThatIsBlockedPinsNoSharedChunk) {
  Line line;
  run_until(line.loop, [&] {
    line.publish(std::string(1000, 'x'));
    line.loop.poll();
    return line.writer.pending();
  });
  line.channel.reset();
  EXPECT_LE(line.unsent(), 1000u);
  EXPECT_EQ(line.loop.chunks().bytes_in_use(), ChunkPool::kOwnBytes);
}

TEST(SocketWriter, AResetPeerIsAFailure) {
  Line line;
  line.peer_resets();
  line.publish("into the void");
  run_until(line.loop, [&] {
    line.writer.write("x");
    return line.failed > 0;
  });
  EXPECT_EQ(line.failed, 1);
  EXPECT_NE(line.failure, "");
  line.loop.poll();
  EXPECT_TRUE(line.writer.outbox().empty());
}

TEST(SocketWriter, APeerThatIsResetWhileWeWaitIsAFailure) {
  Line line;
  line.fill();
  line.peer_resets();
  run_until(line.loop, [&] { return line.failed > 0; });
  EXPECT_EQ(line.drained, 0);
  EXPECT_FALSE(line.writer.pending());
  EXPECT_TRUE(line.writer.outbox().empty());
}

TEST(SocketWriter, ClosingOurSocketEndsTheWaitAndShutsTheWriter) {
  Line line;
  line.fill();
  line.ours.close();
  run_until(line.loop, [&] { return !line.writer.pending(); });
  EXPECT_EQ(line.failed, 1);
  EXPECT_TRUE(line.writer.outbox().empty());
}

TEST(SocketWriter, ShutDropsWhatIsUnsent) {
  Line line;
  line.publish("dropped");
  line.writer.shut();
  EXPECT_EQ(line.unsent(), 0u);
  line.loop.poll();
  EXPECT_EQ(line.loop.bytes_sent(), 0u);
}

TEST(SocketWriter, WhatIsAppendedAfterShutIsDroppedAtTheEndOfTheTick) {
  Line line;
  line.writer.shut();
  line.publish("too late");
  line.loop.poll();
  EXPECT_EQ(line.unsent(), 0u);
  EXPECT_EQ(line.loop.bytes_sent(), 0u);
  EXPECT_EQ(line.blocked + line.drained + line.failed, 0);
}

TEST(SocketWriter, ShutWhileBlockedSendsNothingMore) {
  Line line;
  line.fill();
  const std::uint64_t sent = line.loop.bytes_sent();
  line.writer.shut();
  line.peer_gets(sent);
  run_until(line.loop, [&] { return !line.writer.pending(); });
  EXPECT_EQ(line.loop.bytes_sent(), sent);
  EXPECT_EQ(line.drained, 0);
}

TEST(SocketWriter, WhatTellsOfAChangeWaitsForItsCommitAndSoDoesAllBehindIt) {
  Line line;
  CommitGate& gate = line.loop.gate();
  line.publish("before ");
  gate.want(1);
  line.writer.write("first ");
  gate.want_nothing();
  line.publish("behind ");
  gate.want(2);
  line.publish("second");
  gate.want_nothing();
  line.loop.poll();
  EXPECT_EQ(line.peer_gets(7), "before ");
  EXPECT_TRUE(line.writer.holds());
  gate.open(1);
  line.loop.poll();
  EXPECT_EQ(line.peer_gets(13), "first behind ");
  EXPECT_EQ(line.peer_reads(100), "");
  gate.open(2);
  line.loop.poll();
  EXPECT_EQ(line.peer_gets(6), "second");
  EXPECT_FALSE(line.writer.holds());
}

TEST(SocketWriter, WhatWaitsForACommitIsNotThePeersDelay) {
  Line line;
  line.writer.write("early ");
  line.loop.gate().want(1);
  line.publish(std::string(1'000'000, 'x'));
  line.loop.gate().want_nothing();
  EXPECT_EQ(line.writer.unsent(), 6u);
  line.loop.poll();
  EXPECT_EQ(line.peer_gets(6), "early ");
  EXPECT_EQ(line.writer.unsent(), 0u);
  EXPECT_EQ(line.blocked + line.drained, 0);
  line.loop.gate().open(1);
  std::size_t received = 0;
  run_until(line.loop, [&] {
    received += line.peer_reads(65'536).size();
    return received == 1'000'000;
  });
  EXPECT_EQ(line.unsent(), 0u);
}

TEST(SocketWriter, WhatTellsOfADurableChangeLeavesAtOnce) {
  Line line;
  line.loop.gate().open(3);
  line.loop.gate().want(3);
  line.writer.write("old");
  line.loop.poll();
  EXPECT_EQ(line.peer_gets(3), "old");
}

}  // namespace
}  // namespace parley
