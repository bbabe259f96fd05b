#include "common/resp_writer.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "common/resp_reply.h"
#include "common/resp_request.h"

namespace parley::resp {
namespace {

using namespace std::string_view_literals;

template <class Write>
std::string written(Protocol protocol, Write write) {
  std::string out;
  Writer writer(out, protocol);
  write(writer);
  return out;
}

// The bytes are the same in both protocols.
template <class Write>
void expect_both(Write write, std::string_view bytes) {
  EXPECT_EQ(written(Protocol::kResp2, write), bytes);
  EXPECT_EQ(written(Protocol::kResp3, write), bytes);
}

template <class Write>
void expect_each(Write write, std::string_view resp2, std::string_view resp3) {
  EXPECT_EQ(written(Protocol::kResp2, write), resp2);
  EXPECT_EQ(written(Protocol::kResp3, write), resp3);
}

TEST(RespWriter, SimpleStrings) {
  expect_both([](Writer& w) { w.ok(); }, "+OK\r\n");
  expect_both([](Writer& w) { w.simple("PONG"); }, "+PONG\r\n");
}

TEST(RespWriter, ErrorsStayOnOneLine) {
  expect_both([](Writer& w) { w.error("ERR no such key"); }, "-ERR no such key\r\n");
  expect_both([](Writer& w) { w.error("ERR 'a\r\nb\n'"); }, "-ERR 'a  b '\r\n");
}

TEST(RespWriter, Integers) {
  expect_both([](Writer& w) { w.integer(0); }, ":0\r\n");
  expect_both([](Writer& w) { w.integer(-1); }, ":-1\r\n");
  expect_both([](Writer& w) { w.integer(INT64_MIN); }, ":-9223372036854775808\r\n");
  expect_both([](Writer& w) { w.integer(INT64_MAX); }, ":9223372036854775807\r\n");
}

TEST(RespWriter, BulkStringsCarryAnyBytes) {
  expect_both([](Writer& w) { w.bulk(""); }, "$0\r\n\r\n");
  expect_both([](Writer& w) { w.bulk("a\r\n\0b"sv); }, "$5\r\na\r\n\0b\r\n"sv);
}

TEST(RespWriter, NullsAreOneInResp3) {
  expect_each([](Writer& w) { w.null_bulk(); }, "$-1\r\n", "_\r\n");
  expect_each([](Writer& w) { w.null_array(); }, "*-1\r\n", "_\r\n");
}

TEST(RespWriter, BooleansAreIntegersInResp2) {
  expect_each([](Writer& w) { w.boolean(true); }, ":1\r\n", "#t\r\n");
  expect_each([](Writer& w) { w.boolean(false); }, ":0\r\n", "#f\r\n");
}

TEST(RespWriter, TextForPeopleIsABulkStringInResp2) {
  const auto write = [](Writer& w) { w.verbatim("two\r\nlines"); };
  expect_each(write, "$10\r\ntwo\r\nlines\r\n", "=14\r\ntxt:two\r\nlines\r\n");
}

TEST(RespWriter, AggregatesAreArraysInResp2) {
  expect_both([](Writer& w) { w.array(3); }, "*3\r\n");
  expect_each([](Writer& w) { w.map(3); }, "*6\r\n", "%3\r\n");
  expect_each([](Writer& w) { w.set(3); }, "*3\r\n", "~3\r\n");
  expect_each([](Writer& w) { w.push(3); }, "*3\r\n", ">3\r\n");
}

TEST(RespWriter, TheProtocolMayChangeInTheMiddle) {
  const auto write = [](Writer& w) {
    w.null_bulk();
    w.use(Protocol::kResp3);
    w.null_bulk();
  };
  EXPECT_EQ(written(Protocol::kResp2, write), "$-1\r\n_\r\n");
}

TEST(RespWriter, WritesBehindWhatIsThere) {
  std::string out = "before ";
  Writer writer(out, Protocol::kResp2);
  writer.ok();
  EXPECT_EQ(writer.text(), "before +OK\r\n");
}

TEST(RespWriter, ARequestIsAnArrayOfBulkStrings) {
  std::string out;
  append_request(out, {"SET", "key", "", "a\r\nb"});
  EXPECT_EQ(out, "*4\r\n$3\r\nSET\r\n$3\r\nkey\r\n$0\r\n\r\n$4\r\na\r\nb\r\n");
}

TEST(RespWriter, ABulkHeaderHoldsTheLargestSize) {
  EXPECT_EQ(std::string_view(BulkHeader(0)), "$0\r\n");
  EXPECT_EQ(std::string_view(BulkHeader(INT64_MAX)), "$9223372036854775807\r\n");
}

TEST(RespWriter, TheParserReadsWhatTheWriterWrote) {
  for (const Protocol protocol : {Protocol::kResp2, Protocol::kResp3}) {
    const std::string out = written(protocol, [](Writer& w) {
      w.map(2);
      w.bulk("key");
      w.verbatim("text");
      w.null_bulk();
      w.integer(-5);
    });
    ReplyParser parser;
    Reply reply;
    ASSERT_EQ(parser.parse(out, reply), ReplyParser::Status::kReply);
    EXPECT_EQ(parser.consumed(), out.size());
    ASSERT_EQ(reply.size(), 5u);
    EXPECT_EQ(reply[0].integer, 4);
    EXPECT_EQ(reply[2].text, "text");
    EXPECT_EQ(reply[3].kind, ReplyKind::kNull);
    EXPECT_EQ(reply[4].integer, -5);
  }
}

}  // namespace
}  // namespace parley::resp
