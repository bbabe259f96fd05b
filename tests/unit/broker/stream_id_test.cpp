#include "broker/stream_id.h"

#include <gtest/gtest.h>

namespace parley::broker {
namespace {

constexpr std::uint64_t kMax = UINT64_MAX;

TEST(StreamId, TextIsReadAndWritten) {
  const struct {
    std::string_view text;
    StreamId id;
    std::string_view written;
  } table[] = {
      {"0-0", {0, 0}, "0-0"},
      {"1-2", {1, 2}, "1-2"},
      {"007-08", {7, 8}, "7-8"},
      {"5", {5, 3}, "5-3"},
      {"18446744073709551615-18446744073709551615",
       {kMax, kMax},
       "18446744073709551615-18446744073709551615"},
  };
  for (const auto& row : table) {
    const auto id = parse_stream_id(row.text, 3);
    ASSERT_TRUE(id) << row.text;
    EXPECT_EQ(*id, row.id);
    EXPECT_EQ(to_string(*id), row.written);
  }
}

TEST(StreamId, WhatIsNoIdIsRefused) {
  for (const std::string_view text :
       {"", "-", "+", "1-", "-1", "x", "1-x", "1-2-3", "1.5", "+1", " 1", "1 ", "1- 2", "1--2",
        "18446744073709551616", "1-18446744073709551616", "*", "1-*"}) {
    EXPECT_FALSE(parse_stream_id(text)) << text;
  }
}

TEST(StreamId, NeighboursCarryOver) {
  EXPECT_EQ(next({1, 2}), (StreamId{1, 3}));
  EXPECT_EQ(next({1, kMax}), (StreamId{2, 0}));
  EXPECT_EQ(next(kStreamIdMax), std::nullopt);
  EXPECT_EQ(previous({1, 2}), (StreamId{1, 1}));
  EXPECT_EQ(previous({1, 0}), (StreamId{0, kMax}));
  EXPECT_EQ(previous(kStreamIdMin), std::nullopt);
}

TEST(StreamId, ANewIdIsGreaterThanTheLast) {
  const struct {
    std::string_view wanted;
    StreamId last;
    std::optional<StreamId> chosen;
  } table[] = {
      {"*", {0, 0}, StreamId{100, 0}},   {"*", {99, 5}, StreamId{100, 0}},
      {"*", {100, 5}, StreamId{100, 6}}, {"*", {200, kMax}, StreamId{201, 0}},
      {"*", {kMax, kMax}, std::nullopt}, {"7-*", {0, 0}, StreamId{7, 0}},
      {"7-*", {7, 3}, StreamId{7, 4}},   {"7-*", {7, kMax}, std::nullopt},
      {"7-*", {8, 0}, std::nullopt},     {"0-*", {0, 0}, StreamId{0, 1}},
      {"7-3", {7, 2}, StreamId{7, 3}},   {"7-3", {7, 3}, std::nullopt},
      {"7", {6, 9}, StreamId{7, 0}},
  };
  for (const auto& row : table) {
    const auto wanted = parse_new_id(row.wanted);
    ASSERT_TRUE(wanted);
    EXPECT_EQ(choose_id(*wanted, row.last, 100), row.chosen) << row.wanted;
  }
}

TEST(StreamId, EndsOfARange) {
  StreamId id;
  EXPECT_EQ(parse_range_word("-", RangeEnd::kFirst, id), RangeWord::kOk);
  EXPECT_EQ(id, kStreamIdMin);
  EXPECT_EQ(parse_range_word("5", RangeEnd::kLast, id), RangeWord::kOk);
  EXPECT_EQ(id, (StreamId{5, kMax}));
  EXPECT_EQ(parse_range_word("(5-0", RangeEnd::kLast, id), RangeWord::kOk);
  EXPECT_EQ(id, (StreamId{4, kMax}));
  EXPECT_EQ(parse_range_word("(5-0", RangeEnd::kFirst, id), RangeWord::kOk);
  EXPECT_EQ(id, (StreamId{5, 1}));
  EXPECT_EQ(parse_range_word("(0-0", RangeEnd::kLast, id), RangeWord::kInvalidInterval);
  EXPECT_EQ(parse_range_word("(", RangeEnd::kFirst, id), RangeWord::kInvalidId);
  EXPECT_EQ(parse_range_word("(-", RangeEnd::kFirst, id), RangeWord::kInvalidId);
}

}  // namespace
}  // namespace parley::broker
