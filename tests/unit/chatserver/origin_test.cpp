#include "chatserver/origin.h"

#include <gtest/gtest.h>

namespace parley::chat {
namespace {

TEST(Origin, ProgramsHaveNoneAndMayConnect) {
  EXPECT_TRUE(origin_allowed("", "h:1", {}));
}

TEST(Origin, APageOfTheServerItselfMayConnect) {
  EXPECT_TRUE(origin_allowed("http://127.0.0.1:8080", "127.0.0.1:8080", {}));
  EXPECT_TRUE(origin_allowed("https://chat.example", "chat.example", {}));
}

TEST(Origin, OtherPagesMayNotUnlessListed) {
  EXPECT_FALSE(origin_allowed("https://evil.example", "chat.example", {}));
  EXPECT_FALSE(origin_allowed("null", "chat.example", {}));
  EXPECT_TRUE(origin_allowed("https://a.example", "chat.example", {"https://a.example"}));
  EXPECT_FALSE(origin_allowed("https://a.example.evil", "chat.example", {"https://a.example"}));
}

TEST(Origin, AStarStandsForAnyRun) {
  const std::vector<std::string> listed{"https://*.example.com"};
  EXPECT_TRUE(origin_allowed("https://a.b.example.com", "h", listed));
  EXPECT_FALSE(origin_allowed("https://example.com", "h", listed));
  EXPECT_FALSE(origin_allowed("http://a.example.com", "h", listed));
}

}  // namespace
}  // namespace parley::chat
