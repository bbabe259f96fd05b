#include "broker/command_table.h"

#include <gtest/gtest.h>

#include <chrono>

#include "broker/command_description.h"
#include "broker/command_stats.h"
#include "broker/monitors.h"
#include "broker/redis_commands.h"
#include "common/text.h"

namespace parley::broker {
namespace {

void expect_whole(const Command& command) {
  const bool container = !command.subcommands.empty();
  EXPECT_FALSE(command.summary.empty()) << command.name;
  EXPECT_EQ(command.name, to_lower(command.name));
  EXPECT_NE(command.arity, 0) << command.name;
  EXPECT_TRUE(container || command.run != nullptr) << command.name;
}

TEST(CommandTable, IsInAlphabeticalOrderAndWhole) {
  std::string_view last;
  for (const Command& command : command_table()) {
    EXPECT_LT(last, command.name);
    last = command.name;
    expect_whole(command);
    for (const Command& subcommand : command.subcommands) {
      expect_whole(subcommand);
      EXPECT_EQ(container_of(subcommand), &command);
    }
    EXPECT_EQ(container_of(command), nullptr);
  }
}

TEST(CommandTable, IsFoundInAnyCase) {
  const CommandIndex index;
  ASSERT_NE(index.find("PubLish"), nullptr);
  EXPECT_EQ(index.find("publish")->name, "publish");
  EXPECT_EQ(index.find(std::string(1000, 'x')), nullptr);
  EXPECT_EQ(index.find(""), nullptr);
}

TEST(RedisCommands, AreInOrderForTheSearch) {
  EXPECT_TRUE(std::is_sorted(std::begin(kRedisCommands), std::end(kRedisCommands)));
  EXPECT_TRUE(is_redis_command("get"));
  EXPECT_TRUE(is_redis_command("zadd"));
  EXPECT_FALSE(is_redis_command("nonsense"));
}

TEST(KeyPlaces, AreThoseOfTheTableOrBehindStreams) {
  const CommandIndex index;
  using Places = std::vector<std::size_t>;
  const std::string_view del[] = {"del", "a", "b", "c"};
  EXPECT_EQ(key_places(*index.find("del"), del), (Places{1, 2, 3}));
  const std::string_view xread[] = {"xread", "count", "2", "streams", "a", "b", "0", "0"};
  EXPECT_EQ(key_places(*index.find("xread"), xread), (Places{4, 5}));
  const std::string_view publish[] = {"publish", "a", "b"};
  EXPECT_EQ(key_places(*index.find("publish"), publish), Places{});
}

TEST(Durations, TellPercentilesToWithinAQuarter) {
  Durations durations;
  EXPECT_EQ(durations.percentile(0.5).count(), 0);
  for (int ns = 1; ns <= 1000; ++ns) durations.add(std::chrono::microseconds(ns));
  const auto near = [&](double share, double expected) {
    const auto ns = static_cast<double>(durations.percentile(share).count());
    EXPECT_GE(ns, expected * 0.99);
    EXPECT_LE(ns, expected * 1.26);
  };
  near(0.5, 500'000);
  near(0.99, 990'000);
}

TEST(CommandStats, CountErrorsByTheirCode) {
  CommandStats stats;
  stats.count_error("ERR one");
  stats.count_error("ERR two");
  stats.count_error("EXECABORT three");
  using Codes = std::vector<std::pair<std::string, std::uint64_t>>;
  EXPECT_EQ(stats.errors_by_code(), (Codes{{"ERR", 2}, {"EXECABORT", 1}}));
  stats.reset();
  EXPECT_EQ(stats.errors(), 0U);
}

TEST(Monitors, QuoteWhatCannotBePrinted) {
  std::string text;
  append_quoted(text, std::string_view("a\"\\\n\r\t\a\b\0\xff", 10));
  EXPECT_EQ(text, R"("a\"\\\n\r\t\a\b\x00\xff")");
}

}  // namespace
}  // namespace parley::broker
