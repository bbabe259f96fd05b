#include "chatserver/bus_url.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace parley::chat {
namespace {

TEST(RedisUrl, HasHostAndPort) {
  const RedisUrl url = parse_redis_url("redis://broker.example:7000/");
  EXPECT_EQ(url.host, "broker.example");
  EXPECT_EQ(url.port, 7000);
  EXPECT_EQ(url.password, "");
}

TEST(RedisUrl, ThePortIs6379UnlessGiven) {
  EXPECT_EQ(parse_redis_url("redis://h").port, 6379);
}

TEST(RedisUrl, MayHoldALogin) {
  const RedisUrl url = parse_redis_url("redis://ada:p@ss:word@h:1");
  EXPECT_EQ(url.user, "ada");
  EXPECT_EQ(url.password, "p@ss:word");
  EXPECT_EQ(url.host, "h");
}

TEST(RedisUrl, MayHoldAnIpv6Address) {
  EXPECT_EQ(parse_redis_url("redis://[::1]:7000").host, "::1");
  EXPECT_EQ(parse_redis_url("redis://[::1]:7000").port, 7000);
  EXPECT_EQ(parse_redis_url("redis://[::1]").port, 6379);
}

TEST(RedisUrl, RefusesWhatIsNone) {
  for (const char* url : {"", "h:1", "http://h", "redis://", "redis://:1", "redis://h:0",
                          "redis://h:x", "redis://h:65536", "redis://a@h", "redis://[::1"}) {
    EXPECT_THROW(parse_redis_url(url), std::runtime_error) << url;
  }
}

TEST(RedisUrl, AnErrorDoesNotRepeatThePassword) {
  try {
    parse_redis_url("redis://ada:secret@h:x");
    FAIL();
  } catch (const std::runtime_error& error) {
    const std::string text = error.what();
    EXPECT_EQ(text.find("secret"), std::string::npos) << text;
    EXPECT_NE(text.find("h:x"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace parley::chat
