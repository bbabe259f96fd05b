#include "chatserver/redis_dialect.h"

#include <gtest/gtest.h>

#include "common/resp_reply.h"

namespace parley::chat {
namespace {

// A reply whose bytes live as long as it does.
struct Answered {
  explicit Answered(std::string sent) : bytes(std::move(sent)) {
    EXPECT_EQ(parser.parse(bytes, reply), resp::ReplyParser::Status::kReply) << bytes;
  }
  std::string bytes;
  resp::ReplyParser parser;
  resp::Reply reply;
};

RedisDialect broker() {
  RedisDialect dialect(100);
  dialect.learn(0, Answered("*1\r\n*2\r\n$8\r\nxpublish\r\n:-4\r\n").reply);
  return dialect;
}

RedisDialect redis() {
  RedisDialect dialect(100);
  dialect.learn(0, Answered("*1\r\n*-1\r\n").reply);
  dialect.learn(1, Answered("$4\r\nsha1\r\n").reply);
  dialect.learn(2, Answered("$4\r\nsha2\r\n").reply);
  return dialect;
}

std::string publish(const RedisDialect& dialect) {
  std::string out;
  dialect.append_publish(out, "tea", "id1", "hello");
  return out;
}

std::string read(const RedisDialect& dialect, const HistoryRequest& request) {
  std::string out;
  dialect.append_read(out, "tea", request);
  return out;
}

TEST(Stamps, AreTakenOff) {
  std::string_view text = "abc123def456ghi7:42 hello: there";
  EXPECT_EQ(take_stamp(text), (Position{"abc123def456ghi7", 42}));
  EXPECT_EQ(text, "hello: there");
}

TEST(Stamps, WhatOnlyLooksLikeOneStays) {
  for (const std::string_view plain :
       {"", "hello", "abc123def456ghi7:b c", "abc123def456ghi7:0 x", ":1 x", "a:1",
        "a:99999999999999999999999 x", "a:-1 x", "with blank:1 x", "todo:3 items left",
        "{\"data\":1}", "http://x y"}) {
    std::string_view text = plain;
    EXPECT_EQ(take_stamp(text), Position()) << plain;
    EXPECT_EQ(text, plain);
  }
}

TEST(RedisDialects, ABrokerPublishesWithXpublish) {
  const RedisDialect dialect = broker();
  EXPECT_TRUE(dialect.has_xpublish());
  EXPECT_EQ(publish(dialect),
            "*9\r\n$8\r\nXPUBLISH\r\n$11\r\nhistory.tea\r\n$8\r\nchat.tea\r\n$6\r\nMAXLEN\r\n"
            "$1\r\n~\r\n$3\r\n100\r\n$4\r\nONCE\r\n$3\r\nid1\r\n$5\r\nhello\r\n");
}

TEST(RedisDialects, RedisRunsAScriptOverTheKeysOfTheRoom) {
  const std::string request = publish(redis());
  EXPECT_TRUE(
      request.starts_with("*14\r\n$7\r\nEVALSHA\r\n$4\r\nsha1\r\n$1\r\n4\r\n"
                          "$11\r\nhistory.tea\r\n$16\r\nhistory.tea.meta\r\n"));
  EXPECT_NE(request.find("$8\r\nchat.tea\r\n$5\r\nhello\r\n$3\r\nid1\r\n$3\r\n100\r\n"),
            std::string::npos);
}

TEST(RedisDialects, ReadingAsksForTheRangeBehindOrBefore) {
  EXPECT_NE(read(broker(), {4, 10, false})
                .find("$6\r\nXRANGE\r\n$11\r\nhistory.tea\r\n$1\r\n5\r\n"
                      "$1\r\n+\r\n$5\r\nCOUNT\r\n$2\r\n10\r\n"),
            std::string::npos);
  EXPECT_NE(read(redis(), {4, 10, true}).find("$9\r\nXREVRANGE\r\n$1\r\n3\r\n$3\r\n0-1\r\n"),
            std::string::npos);
  EXPECT_NE(read(broker(), {{}, 10, true}).find("$9\r\nXREVRANGE\r\n$11\r\nhistory.tea\r\n$1\r\n+"),
            std::string::npos);
}

TEST(RedisDialects, APositionIsReadFromThePublishAnswer) {
  Position position;
  const Answered ok("*3\r\n$5\r\nepoch\r\n:7\r\n:0\r\n");
  EXPECT_EQ(broker().read_published(ok.reply, position).error, "");
  EXPECT_EQ(position, (Position{"epoch", 7}));
}

TEST(RedisDialects, ErrorsAreToldApart) {
  Position position;
  const Answered lost("-NOSCRIPT No matching script\r\n");
  EXPECT_TRUE(redis().read_published(lost.reply, position).no_script);
  HistoryPage page;
  const Answered missing("*2\r\n-ERR no such key\r\n*0\r\n");
  EXPECT_TRUE(broker().read_page(missing.reply, page).no_stream);
  const Answered wrong("-WRONGTYPE Operation against a key\r\n");
  EXPECT_TRUE(broker().read_page(wrong.reply, page).error.starts_with("WRONGTYPE"));
}

TEST(RedisDialects, AnAnswerWithoutSenseIsAnError) {
  HistoryPage page;
  Position position;
  for (const char* bytes : {":1\r\n", "*0\r\n", "*2\r\n:1\r\n:2\r\n",
                            "*3\r\n$1\r\ne\r\n:1\r\n:2\r\n", "*3\r\n$1\r\ne\r\n:1\r\n*1\r\n:5\r\n",
                            "*3\r\n$1\r\ne\r\n:1\r\n*1\r\n*2\r\n$1\r\nx\r\n*0\r\n"}) {
    const Answered strange(bytes);
    EXPECT_NE(redis().read_page(strange.reply, page).error, "") << bytes;
    if (std::string_view(bytes) != "*3\r\n$1\r\ne\r\n:1\r\n:2\r\n") {
      EXPECT_NE(redis().read_published(strange.reply, position).error, "") << bytes;
    }
  }
}

TEST(RedisDialects, APageHasItsPositionAndMessages) {
  const std::string entries =
      "*2\r\n*2\r\n$3\r\n4-0\r\n*2\r\n$1\r\nm\r\n$1\r\na\r\n"
      "*2\r\n$3\r\n5-0\r\n*4\r\n$1\r\nx\r\n$1\r\n1\r\n$1\r\ny\r\n$1\r\n2\r\n";
  HistoryPage scripted;
  const Answered script("*3\r\n$1\r\ne\r\n:5\r\n" + entries);
  EXPECT_EQ(redis().read_page(script.reply, scripted).error, "");
  HistoryPage page;
  const Answered transaction(
      "*2\r\n*6\r\n$6\r\nlength\r\n:2\r\n$17\r\nlast-generated-id\r\n$3\r\n5-0\r\n$5\r\nepoch\r\n"
      "$1\r\ne\r\n" +
      entries);
  EXPECT_EQ(broker().read_page(transaction.reply, page).error, "");
  for (const HistoryPage& found : {scripted, page}) {
    EXPECT_EQ(found.top, (Position{"e", 5}));
    ASSERT_EQ(found.messages.size(), 2u);
    EXPECT_EQ(found.messages[0].payload, "a");
    EXPECT_EQ(found.messages[1].payload, "x 1 y 2") << "added by hand";
  }
}

}  // namespace
}  // namespace parley::chat
