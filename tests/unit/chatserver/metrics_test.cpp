#include "chatserver/metrics.h"

#include <gtest/gtest.h>

#include <string>

#include "chatserver/publication.h"
#include "tests/unit/chatserver/chat.h"

namespace parley::chat {
namespace {

std::string text_of(const Numbers& numbers, bool is_mesh = false) {
  return metrics_text(numbers, {1, is_mesh, std::chrono::seconds(5)});
}

bool has_line(const std::string& text, const std::string& line) {
  return text.find("\n" + line + "\n") != std::string::npos;
}

TEST(Metrics, SumsOverTheWorkers) {
  NumbersBoard board(2);
  Numbers numbers;
  numbers[Number::kRooms] = 3;
  board.write(0, numbers);
  numbers[Number::kRooms] = 4;
  board.write(1, numbers);
  board.write(1, numbers);
  EXPECT_TRUE(has_line(text_of(board.sums()), "parley_chat_rooms 7"));
}

TEST(Metrics, EveryNumberIsShown) {
  const std::string before = text_of({}, true);
  for (std::size_t place = 0; place < Numbers::kCount; ++place) {
    Numbers numbers;
    numbers.at(place) = 1;
    EXPECT_NE(text_of(numbers, true), before) << "Number " << place;
  }
}

TEST(Metrics, TheBusIsUpWhenItIsForAllWorkers) {
  Numbers numbers;
  EXPECT_TRUE(has_line(text_of(numbers), "parley_chat_bus_up 1"));
  numbers[Number::kBusAway] = 1;
  EXPECT_TRUE(has_line(text_of(numbers), "parley_chat_bus_up 0"));
}

TEST(Metrics, OnlyAMeshHasNumbersOfOne) {
  EXPECT_EQ(text_of({}).find("parley_chat_mesh"), std::string::npos);
  EXPECT_TRUE(has_line(text_of({}, true), "parley_chat_mesh_missed_total 0"));
}

TEST(Metrics, ALagIsInTheBucketOfItsBorderAndNeverNegative) {
  LagCounts lag;
  for (const int ms : {-50, 1, 2, 3, 60'000, 60'001}) lag.add(ms);
  Numbers numbers;
  numbers.set_lag(lag);
  const std::string text = text_of(numbers);
  EXPECT_TRUE(has_line(text, "parley_chat_lag_seconds_bucket{le=\"0.001\"} 2"));
  EXPECT_TRUE(has_line(text, "parley_chat_lag_seconds_bucket{le=\"0.002\"} 3"));
  EXPECT_TRUE(has_line(text, "parley_chat_lag_seconds_bucket{le=\"0.005\"} 4"));
  EXPECT_TRUE(has_line(text, "parley_chat_lag_seconds_bucket{le=\"60\"} 5"));
  EXPECT_TRUE(has_line(text, "parley_chat_lag_seconds_bucket{le=\"+Inf\"} 6"));
  EXPECT_TRUE(has_line(text, "parley_chat_lag_seconds_sum 120.007"));
}

// What Rooms counts.
struct Counted : testing::Test {
  Chat chat;
  const Rooms::Counters& now = chat.rooms.counters();

  static std::uint64_t lags(const Rooms::Counters& counters) {
    std::uint64_t sum = 0;
    for (const std::uint64_t bucket : counters.lag.buckets) sum += bucket;
    return sum;
  }
  static std::string message(std::int64_t at_ms) {
    return encode_text("hi", "id", {"c", "Ada"}, at_ms);
  }
};

TEST_F(Counted, AMessageThatIsReadHasALag) {
  TextClient reader(chat, "tea");
  chat.bus.confirm("tea");
  chat.bus.say_stored("tea", message(wall_clock_ms() - 100'000));
  EXPECT_EQ(lags(now), 1u);
  EXPECT_EQ(now.lag.buckets.back(), 1u);
  EXPECT_EQ(now.deliveries, 1u);
}

TEST_F(Counted, WhatIsReadFromHistoryWhenARoomOpensHasNone) {
  chat.bus.store("tea", message(wall_clock_ms() - 100'000));
  TextClient reader(chat, "tea", 10);
  chat.bus.confirm("tea");
  EXPECT_TRUE(reader.wire.has("hi"));
  EXPECT_EQ(lags(now), 0u);
}

TEST_F(Counted, ANoticeAndForeignJsonHaveNone) {
  TextClient reader(chat, "tea");
  chat.bus.confirm("tea");
  chat.bus.say("tea", "from telnet");
  chat.bus.say_stored("tea", R"({"data":{"at":1}})");
  chat.bus.say_stored("tea", R"({"data":{"text":"x","at":"yesterday"}})");
  EXPECT_EQ(now.messages, 3u);
  EXPECT_EQ(lags(now), 0u);
}

TEST_F(Counted, MessagesOfClientsAreAcceptedOrRefused) {
  ProtocolClient client(chat);
  client.connect();
  client.say(R"({"id":2,"publish":{"channel":"tea","data":1}})");
  client.say(R"({"id":3,"publish":{"channel":"tea","data":2}})");
  client.say(R"({"id":4,"publish":{"channel":"no spaces","data":3}})");
  chat.bus.published[0].done({}, {});
  chat.bus.published[1].done({"no"}, {});
  EXPECT_EQ(now.accepted, 1u);
  EXPECT_EQ(now.refused_by_bus, 1u);
  EXPECT_EQ(now.refused_bad_request, 1u);
}

TEST_F(Counted, MembersComeAndGo) {
  {
    TextClient ada(chat, "tea");
    TextClient bob(chat, "tea");
    EXPECT_EQ(chat.rooms.members(), 0u);
    chat.bus.confirm("tea");
    EXPECT_EQ(chat.rooms.members(), 2u);
    EXPECT_EQ(chat.rooms.people(), 2u);
  }
  EXPECT_EQ(chat.rooms.members(), 0u);
}

TEST_F(Counted, MembersThatAreSentOutAreNone) {
  ProtocolClient client(chat);
  client.connect();
  client.say(R"({"id":2,"subscribe":{"channel":"tea"}})");
  chat.bus.confirm("tea");
  EXPECT_EQ(chat.rooms.members(), 1u);
  chat.bus.change(false);
  chat.bus.streams["tea"].epoch = "second";
  chat.bus.change(true);
  EXPECT_EQ(chat.rooms.members(), 0u);
  EXPECT_EQ(now.bus_outages, 1u);
}

}  // namespace
}  // namespace parley::chat
