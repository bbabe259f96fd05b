#include "common/input.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

namespace parley {
namespace {

// Reads into a buffer of its own that is overwritten after each turn, as a connection does.
struct Reader {
  Input input;
  std::string buffer;

  // One read; `taken` bytes of what is there by then are parsed.
  void read(std::string_view bytes, std::size_t taken) {
    buffer = bytes;
    input.add(buffer);
    input.consume(taken);
    input.settle();
    std::fill(buffer.begin(), buffer.end(), '?');
  }
};

TEST(Input, BytesAreParsedWhereTheyWereRead) {
  Input input;
  const std::string read = "PING\r\n";
  input.add(read);
  EXPECT_EQ(input.bytes().data(), read.data());
  EXPECT_EQ(input.bytes(), read);
}

TEST(Input, HoldsNothingWhenAllIsParsed) {
  Reader reader;
  const std::size_t before = reader.input.capacity();
  reader.read(std::string(10000, 'x'), 10000);
  EXPECT_EQ(reader.input.bytes(), "");
  EXPECT_EQ(reader.input.capacity(), before);
}

TEST(Input, KeepsTheUnfinishedRestAndNoMore) {
  Reader reader;
  reader.read(std::string(60000, 'x') + "PI", 60000);
  EXPECT_EQ(reader.input.bytes(), "PI");
  EXPECT_LT(reader.input.capacity(), 1000u);
}

TEST(Input, WhatComesNextIsBehindTheRest) {
  Reader reader;
  reader.read("PI", 0);
  reader.read("NG\r\nEC", 6);
  EXPECT_EQ(reader.input.bytes(), "EC");
  reader.read("HO", 0);
  EXPECT_EQ(reader.input.bytes(), "ECHO");
}

TEST(Input, LetsGoOfALargeRestWhenItIsParsed) {
  Reader reader;
  reader.read(std::string(100000, 'x'), 0);
  reader.read("\n", 100001);
  EXPECT_EQ(reader.input.bytes(), "");
  EXPECT_LT(reader.input.capacity(), 1000u);
}

TEST(Input, ClearForgetsAll) {
  Reader reader;
  reader.read("rest", 1);
  reader.input.clear();
  EXPECT_EQ(reader.input.bytes(), "");
  reader.read("new", 0);
  EXPECT_EQ(reader.input.bytes(), "new");
}

TEST(Input, BehavesLikeAString) {
  std::mt19937 random(1);
  Reader reader;
  std::string expected;
  char next = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string read(1 + random() % 40, '\0');
    for (char& c : read) c = next++;
    expected += read;
    const std::size_t taken = random() % 3 ? random() % (expected.size() + 1) : expected.size();
    reader.read(read, taken);
    expected.erase(0, taken);
    ASSERT_EQ(reader.input.bytes(), expected) << "after read " << i;
  }
}

}  // namespace
}  // namespace parley
