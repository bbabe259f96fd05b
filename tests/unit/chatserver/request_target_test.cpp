#include "chatserver/request_target.h"

#include <gtest/gtest.h>

namespace parley::chat {
namespace {

TEST(RequestTarget, TakesPathAndQueryApart) {
  const auto target = parse_request_target("/chat?room=tea&name=Ada+L.&empty=&flag");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->path, "/chat");
  EXPECT_EQ(target->parameter("room"), "tea");
  EXPECT_EQ(target->parameter("name"), "Ada L.");
  EXPECT_EQ(target->parameter("empty"), "");
  EXPECT_TRUE(target->query.contains("flag"));
  EXPECT_EQ(target->parameter("missing"), "");
}

TEST(RequestTarget, DecodesPercentInBothAndPlusOnlyInTheQuery) {
  const auto target = parse_request_target("/a+b%20c?r=caf%C3%A9%2B");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->path, "/a+b c");
  EXPECT_EQ(target->parameter("r"), "café+");
}

TEST(RequestTarget, TheFirstOfTwoParametersCounts) {
  EXPECT_EQ(parse_request_target("/?a=1&a=2")->parameter("a"), "1");
}

TEST(RequestTarget, RefusesWhatIsNoPathOrBadlyEncoded) {
  for (const char* target : {"", "x", "http://a/", "/%", "/%4", "/%zz", "/?a=%q1"}) {
    EXPECT_FALSE(parse_request_target(target)) << target;
  }
}

}  // namespace
}  // namespace parley::chat
