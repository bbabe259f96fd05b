#include "common/text.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace parley {
namespace {

TEST(ReadNumber, TakesAWholeNumberAndNothingElse) {
  EXPECT_EQ(read_number<std::uint16_t>("65535"), 65535);
  EXPECT_EQ(read_number<std::int64_t>("-9223372036854775808"), INT64_MIN);
  EXPECT_EQ(read_number<std::uint64_t>("ff", 16), 255U);
  EXPECT_EQ(read_number<unsigned>("007"), 7U);
  for (const char* text : {"", " 1", "1 ", "+1", "-1", "1.0", "0x1", "65536"}) {
    EXPECT_EQ(read_number<std::uint16_t>(text), std::nullopt) << text;
  }
  EXPECT_EQ(read_number<unsigned>(std::string_view("1\0", 2)), std::nullopt);
}

TEST(Case, OnlyThatOfLettersOfAsciiIsIgnored) {
  EXPECT_TRUE(equals_ignoring_case("XPublish-1", "xpubLISH-1"));
  EXPECT_FALSE(equals_ignoring_case("xadd", "xad"));
  EXPECT_FALSE(equals_ignoring_case("[", "{"));
  EXPECT_FALSE(equals_ignoring_case("\xC3\x84", "\xC3\xA4"));
  EXPECT_EQ(to_upper("az{`\xC3\xA4"), "AZ{`\xC3\xA4");
  EXPECT_EQ(to_lower("AZ[@\xC3\x84"), "az[@\xC3\x84");
}

}  // namespace
}  // namespace parley
