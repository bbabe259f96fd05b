#include "broker/settings.h"

#include <gtest/gtest.h>

#include <set>

#include "broker/memory_word.h"
#include "broker/output_limits.h"
#include "broker/password.h"

namespace parley::broker {
namespace {

TEST(Settings, EachNameIsThereOnceAndInLowerCase) {
  std::set<std::string_view> names;
  for (const Setting& setting : settings()) {
    EXPECT_TRUE(names.insert(setting.name).second) << setting.name;
    EXPECT_EQ(find_setting(setting.name), &setting);
    EXPECT_NE(setting.get, nullptr);
  }
  EXPECT_EQ(find_setting("TimeOut"), find_setting("timeout"));
  EXPECT_EQ(find_setting("nope"), nullptr);
}

TEST(MemoryWord, ReadsUnitsInAnyCase) {
  struct Row {
    std::string_view word;
    std::uint64_t bytes;
  };
  for (const Row& row :
       {Row{"0", 0}, Row{"7b", 7}, Row{"1k", 1000}, Row{"1KB", 1024}, Row{"2m", 2'000'000},
        Row{"2Mb", 2'097'152}, Row{"3g", 3'000'000'000}, Row{"1gb", 1'073'741'824}}) {
    std::uint64_t bytes = 1;
    EXPECT_EQ(read_memory(row.word, bytes), MemoryWord::kOk) << row.word;
    EXPECT_EQ(bytes, row.bytes) << row.word;
  }
}

TEST(MemoryWord, RefusesWhatIsNone) {
  std::uint64_t bytes = 0;
  for (const std::string_view word : {"", "x", "-1", "1x", "1 kb", "kb", "1kbb"}) {
    EXPECT_EQ(read_memory(word, bytes), MemoryWord::kNotMemory) << word;
  }
  EXPECT_EQ(read_memory("99999999999999999999", bytes), MemoryWord::kTooLarge);
  EXPECT_EQ(read_memory("99999999999999999gb", bytes), MemoryWord::kTooLarge);
}

TEST(OutputLimits, AClassThatIsNotNamedKeepsItsLimits) {
  Limits limits;
  EXPECT_EQ(read_output_limits("pubsub 2mb 1mb 5", limits), "");
  EXPECT_EQ(output_limits_text(limits),
            "normal 0 0 0 slave 268435456 67108864 60 pubsub 2097152 1048576 5");
  EXPECT_EQ(read_output_limits("", limits), "");
}

TEST(OutputLimits, SayWhatIsWrong) {
  Limits limits;
  EXPECT_NE(read_output_limits("pubsub 1 2", limits), "");
  EXPECT_NE(read_output_limits("master 1 2 3", limits), "");
  EXPECT_NE(read_output_limits("normal 1 2 -3", limits), "");
}

TEST(Password, MatchesItselfAlone) {
  const Password password("secret");
  EXPECT_TRUE(password.matches("secret"));
  for (const std::string_view wrong : {"", "secre", "secrets", "Secret", "secretsecret"}) {
    EXPECT_FALSE(password.matches(wrong)) << wrong;
  }
}

TEST(Password, NoneMatchesNothing) {
  EXPECT_FALSE(Password().matches(""));
  EXPECT_TRUE(Password().empty());
}

}  // namespace
}  // namespace parley::broker
