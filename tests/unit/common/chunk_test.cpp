#include "common/chunk.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace parley {
namespace {

// What fits into the two usual chunks beside the mark of one frame.
constexpr std::uint32_t kOwn = ChunkPool::kOwnBytes - Chunk::kMarkBytes;
constexpr std::uint32_t kShared = ChunkPool::kSharedBytes - Chunk::kMarkBytes;

TEST(ChunkPool, AChunkHasRoomForWhatWasAskedForWithTheMark) {
  ChunkPool pool;
  for (const std::uint32_t size : {0u, 1u, kOwn, kOwn + 1, kShared, kShared + 1, 1000000u}) {
    const ChunkRef chunk = pool.take(size);
    EXPECT_GE(chunk->room() + Chunk::kMarkBytes, size);
    EXPECT_EQ(chunk->used(), 0u);
  }
}

TEST(ChunkPool, AChunkThatCameBackIsHandedOutAgainEmpty) {
  ChunkPool pool;
  for (const std::uint32_t size : {kOwn, kShared}) {
    ChunkRef chunk = pool.take(size);
    chunk->take_frame(100);
    const Chunk* const before = chunk.get();
    chunk = {};
    chunk = pool.take(size);
    EXPECT_EQ(chunk.get(), before);
    EXPECT_EQ(chunk->used(), 0u);
    EXPECT_EQ(chunk->room(), size);
    EXPECT_EQ(chunk->next_frame(0), 0u);
  }
}

TEST(ChunkPool, AChunkInUseIsNotHandedOutAgain) {
  ChunkPool pool;
  const ChunkRef one = pool.take(1);
  const ChunkRef two = pool.take(1);
  EXPECT_NE(one.get(), two.get());
}

TEST(ChunkPool, CountsASharedChunkOnce) {
  ChunkPool pool;
  const ChunkRef chunk = pool.take(kShared);
  const std::vector<ChunkRef> readers(1000, chunk);
  EXPECT_EQ(pool.bytes_in_use(), ChunkPool::kSharedBytes);
}

TEST(ChunkPool, CountsAChunkUntilItsLastReferenceIsGone) {
  ChunkPool pool;
  ChunkRef one = pool.take(10);
  ChunkRef two = one;
  one = {};
  EXPECT_EQ(pool.bytes_in_use(), ChunkPool::kOwnBytes);
  two = {};
  EXPECT_EQ(pool.bytes_in_use(), 0u);
}

TEST(ChunkPool, CountsALargeChunkWithItsWholeSize) {
  ChunkPool pool;
  ChunkRef chunk = pool.take(1000000);
  EXPECT_GE(pool.bytes_in_use(), 1000000u);
  chunk = {};
  EXPECT_EQ(pool.bytes_in_use(), 0u);
}

TEST(ChunkPool, TakesMoreBackThanItKeeps) {
  ChunkPool pool;
  for (const std::uint32_t size : {kOwn, kShared}) {
    std::vector<ChunkRef> many;
    for (int i = 0; i < 300; ++i) many.push_back(pool.take(size));
    EXPECT_EQ(pool.bytes_in_use(), 300u * (size + Chunk::kMarkBytes));
    many.clear();
    EXPECT_EQ(pool.bytes_in_use(), 0u);
  }
}

TEST(Chunk, KnowsWhereFramesBegin) {
  ChunkPool pool;
  const ChunkRef chunk = pool.take(1000);
  for (const std::size_t size : {10u, 20u, 30u}) chunk->take_frame(size);
  const std::uint32_t expected[][2] = {{0, 0}, {1, 10}, {9, 10}, {10, 10}, {11, 30}, {30, 30}};
  for (const auto& [offset, begin] : expected) EXPECT_EQ(chunk->next_frame(offset), begin);
  EXPECT_EQ(chunk->next_frame(31), chunk->used());
}

TEST(Chunk, BytesThatBeginNoFrameBelongToTheOneBefore) {
  ChunkPool pool;
  const ChunkRef chunk = pool.take(1000);
  chunk->take_frame(10);
  chunk->take(20);
  chunk->take_frame(5);
  EXPECT_EQ(chunk->next_frame(1), 30u);
}

TEST(Chunk, FillsUpWithSmallFramesWithoutLosingOne) {
  ChunkPool pool;
  const ChunkRef chunk = pool.take(kOwn);
  std::uint32_t frames = 0;
  for (; chunk->room() > 0; ++frames) chunk->bytes()[chunk->take_frame(1)] = 'x';
  EXPECT_EQ(frames, ChunkPool::kOwnBytes / (1 + Chunk::kMarkBytes));
  for (std::uint32_t i = 0; i < frames; ++i) ASSERT_EQ(chunk->next_frame(i), i);
}

TEST(ChunkRef, KnowsWhetherItIsTheOnlyOne) {
  ChunkPool pool;
  const ChunkRef one = pool.take(1);
  EXPECT_TRUE(one.unshared());
  {
    const std::vector<ChunkRef> another(1, one);
    EXPECT_FALSE(one.unshared());
  }
  EXPECT_TRUE(one.unshared());
}

TEST(ChunkRef, MovingLeavesTheCountAlone) {
  ChunkPool pool;
  ChunkRef one = pool.take(1);
  ChunkRef two = std::move(one);
  EXPECT_TRUE(two.unshared());
  const ChunkRef three = std::move(two);
  EXPECT_TRUE(three.unshared());
  EXPECT_EQ(pool.bytes_in_use(), ChunkPool::kOwnBytes);
}

TEST(ChunkRef, AssigningLetsGoOfTheChunkBefore) {
  ChunkPool pool;
  ChunkRef one = pool.take(1);
  ChunkRef two = pool.take(1);
  two = one;
  EXPECT_EQ(pool.bytes_in_use(), ChunkPool::kOwnBytes);
  const ChunkRef& same = two;
  two = same;
  EXPECT_EQ(two.get(), one.get());
  EXPECT_FALSE(two.unshared());
}

TEST(FrameWriter, AFrameIsItsPartsOneBehindTheOther) {
  ChunkPool pool;
  FrameWriter writer(pool);
  EXPECT_EQ(writer.write({"*1\r\n", "", "$4\r\n", "PING", "\r\n"}).bytes(), "*1\r\n$4\r\nPING\r\n");
  EXPECT_EQ(writer.write("head ", {"of ", "parts"}).bytes(), "head of parts");
  EXPECT_EQ(writer.write({}).size(), 0u);
}

TEST(FrameWriter, AFrameBeginsWhereTheOneBeforeEnded) {
  ChunkPool pool;
  FrameWriter writer(pool);
  const Frame one = writer.write({"one"});
  const Frame two = writer.write({"two"});
  EXPECT_EQ(two.chunk, one.chunk);
  EXPECT_EQ(two.begin, one.end);
  EXPECT_EQ(one.bytes(), "one");
}

TEST(FrameWriter, AFrameThatFillsTheChunkToTheLastByteStaysInIt) {
  ChunkPool pool;
  FrameWriter writer(pool);
  const Frame first = writer.write({"first"});
  const ChunkRef held(first.chunk);
  const std::string rest(first.chunk->room(), 'r');
  EXPECT_EQ(writer.write({rest}).chunk, first.chunk);
  EXPECT_NE(writer.write({"x"}).chunk, first.chunk);
}

TEST(FrameWriter, AFrameIsNeverCutInTwo) {
  ChunkPool pool;
  FrameWriter writer(pool);
  const ChunkRef held(writer.write({"first"}).chunk);
  const std::string longer(held->room() + 1, 'r');
  const Frame frame = writer.write({longer});
  EXPECT_NE(frame.chunk, held.get());
  EXPECT_EQ(frame.bytes(), longer);
}

TEST(FrameWriter, ALargeFrameGetsAChunkOfItsSize) {
  ChunkPool pool;
  FrameWriter writer(pool);
  const std::string large(3 * ChunkPool::kSharedBytes, 'l');
  const Frame frame = writer.write({large, "end"});
  EXPECT_EQ(frame.bytes(), large + "end");
  EXPECT_LE(frame.chunk->capacity(), large.size() + 3 + Chunk::kMarkBytes);
  EXPECT_EQ(writer.write({"next"}).chunk->capacity(), ChunkPool::kSharedBytes);
}

TEST(FrameWriter, BytesOnceWrittenNeitherMoveNorChange) {
  ChunkPool pool;
  FrameWriter writer(pool);
  const Frame first = writer.write({"first"});
  const ChunkRef held(first.chunk);
  const char* const where = first.bytes().data();
  for (int i = 0; i < 1000; ++i) writer.write({std::string(1000, 'x')});
  EXPECT_EQ(first.bytes(), "first");
  EXPECT_EQ(first.bytes().data(), where);
}

TEST(FrameWriter, WhatNobodyKeepsIsFreedAsItGoes) {
  ChunkPool pool;
  FrameWriter writer(pool);
  for (int i = 0; i < 1000; ++i) writer.write({std::string(1000, 'x')});
  EXPECT_EQ(pool.bytes_in_use(), ChunkPool::kSharedBytes);
}

}  // namespace
}  // namespace parley
