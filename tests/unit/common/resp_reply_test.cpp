#include "common/resp_reply.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "tests/unit/common/split.h"

namespace parley::resp {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

// Writes the value at `at`, with its elements, and moves on behind it: "text", !error, 5, null,
// [a b], >[a b].
void describe(const Reply& reply, std::size_t& at, std::string& out) {
  if (at >= reply.size()) {
    out += "MISSING";
    return;
  }
  const ReplyNode& node = reply[at++];
  switch (node.kind) {
    case ReplyKind::kText:
      out.append("\"").append(node.text).append("\"");
      return;
    case ReplyKind::kError:
      out.append("!").append(node.text);
      return;
    case ReplyKind::kNull:
      out.append("null");
      return;
    case ReplyKind::kInteger:
      EXPECT_EQ(std::to_string(node.integer), node.text);
      out.append(node.text);
      return;
    case ReplyKind::kPush:
      out.append(">");
      [[fallthrough]];
    case ReplyKind::kAggregate:
      break;
  }
  out.append("[");
  for (std::int64_t i = 0; i < node.integer; ++i) {
    if (i > 0) out.append(" ");
    describe(reply, at, out);
  }
  out.append("]");
}

// What came from a server, and in words what the parser makes of it: | behind each reply, "..."
// when it waits for more, "ERR text" when it is lost.
class Session {
 public:
  void feed(std::string_view piece) {
    // A new string each time, so that nothing can refer to the one before.
    input_ = input_ + std::string(piece);
    while (!lost_ && parse()) {
    }
  }
  std::string outcome() const { return lost_ || input_.empty() ? text_ : text_ + "..."; }

 private:
  bool parse() {
    Reply reply;
    switch (parser_.parse(input_, reply)) {
      case ReplyParser::Status::kIncomplete:
        return false;
      case ReplyParser::Status::kError:
        lost_ = true;
        text_ += "ERR " + parser_.error();
        return false;
      case ReplyParser::Status::kReply:
        break;
    }
    std::size_t at = 0;
    describe(reply, at, text_);
    if (at != reply.size()) text_ += "LEFT OVER";
    text_ += "|";
    input_.erase(0, parser_.consumed());
    return true;
  }

  ReplyParser parser_;
  std::string input_;
  std::string text_;
  bool lost_ = false;
};

std::string parse(const Pieces& pieces) {
  Session session;
  for (const std::string_view piece : pieces) session.feed(piece);
  return session.outcome();
}

std::string parse(std::string_view input) {
  return parse(Pieces{input});
}

struct Row {
  std::string_view input;
  std::string_view outcome;
};

constexpr Row kResp2[] = {
    {"+OK\r\n", "\"OK\"|"},
    {"+\r\n", "\"\"|"},
    {"+a\rb\nc\r\n", "\"a\rb\nc\"|"},
    {"-ERR no such key\r\n", "!ERR no such key|"},
    {":0\r\n", "0|"},
    {":-9223372036854775808\r\n", "-9223372036854775808|"},
    {":9223372036854775807\r\n", "9223372036854775807|"},
    {"$5\r\nhello\r\n", "\"hello\"|"},
    {"$0\r\n\r\n", "\"\"|"},
    {"$6\r\na\r\n\0b\r\r\n"sv, "\"a\r\n\0b\r\"|"sv},
    {"$-1\r\n", "null|"},
    {"*-1\r\n", "null|"},
    {"*0\r\n", "[]|"},
    {"*3\r\n$7\r\nmessage\r\n$4\r\nchat\r\n$2\r\nhi\r\n", "[\"message\" \"chat\" \"hi\"]|"},
    {"*2\r\n:1\r\n-ERR inside\r\n", "[1 !ERR inside]|"},
};

constexpr Row kResp3[] = {
    {"_\r\n", "null|"},
    {"#t\r\n", "\"t\"|"},
    {"#f\r\n", "\"f\"|"},
    {",3.25\r\n", "\"3.25\"|"},
    {",-inf\r\n", "\"-inf\"|"},
    {"(3492890328409238509324850943850943825024385\r\n",
     "\"3492890328409238509324850943850943825024385\"|"},
    {"=8\r\ntxt:text\r\n", "\"text\"|"},
    {"=4\r\ntxt:\r\n", "\"\"|"},
    {"!21\r\nSYNTAX invalid syntax\r\n", "!SYNTAX invalid syntax|"},
    {"~2\r\n:1\r\n:2\r\n", "[1 2]|"},
    {"%2\r\n$1\r\na\r\n:1\r\n$1\r\nb\r\n:2\r\n", "[\"a\" 1 \"b\" 2]|"},
    {"%0\r\n", "[]|"},
    {">3\r\n$7\r\nmessage\r\n$4\r\nchat\r\n$2\r\nhi\r\n", ">[\"message\" \"chat\" \"hi\"]|"},
};

constexpr Row kNested[] = {
    {"*2\r\n*2\r\n:1\r\n:2\r\n*2\r\n:3\r\n:4\r\n", "[[1 2] [3 4]]|"},
    {"*3\r\n*0\r\n*-1\r\n*1\r\n*0\r\n", "[[] null [[]]]|"},
    {"*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n", "[[[[1]]]]|"},
    {"%1\r\n+a\r\n%1\r\n+b\r\n*2\r\n_\r\n#t\r\n", "[\"a\" [\"b\" [null \"t\"]]]|"},
    {"*2\r\n$3\r\n1-0\r\n*2\r\n$1\r\nf\r\n$1\r\nv\r\n:7\r\n", "[\"1-0\" [\"f\" \"v\"]]|7|"},
    {">2\r\n+a\r\n*0\r\n+OK\r\n", ">[\"a\" []]|\"OK\"|"},
    {"+OK\r\n$-1\r\n:1\r\n*0\r\n", "\"OK\"|null|1|[]|"},
};

constexpr Row kWaiting[] = {
    {"", ""},
    {"+", "..."},
    {"+OK\r", "..."},
    {"+OK\n", "..."},
    {"$5\r\nhello", "..."},
    {"$5\r\nhello\r", "..."},
    {"*2\r\n:1\r\n", "..."},
    {"*1\r\n*1\r\n", "..."},
    {"$536870912\r\n", "..."},
    {"+OK\r\n*1\r\n", "\"OK\"|..."},
};

constexpr Row kErrors[] = {
    {"\r\n", "an empty line where a reply should begin"},
    {"hello\r\n", "an unknown kind of reply, 'h'"},
    {"|1\r\n", "an unknown kind of reply, '|'"},
    {":\r\n", "an invalid integer"},
    {":+1\r\n", "an invalid integer"},
    {":1.5\r\n", "an invalid integer"},
    {":9223372036854775808\r\n", "an invalid integer"},
    {"$\r\n", "an invalid bulk length"},
    {"$-2\r\n", "an invalid bulk length"},
    {"$five\r\n", "an invalid bulk length"},
    {"$?\r\n", "an invalid bulk length"},
    {"$536870913\r\n", "a bulk string of over 512 MiB"},
    {"!536870913\r\n", "a bulk string of over 512 MiB"},
    {"=3\r\ntxt\r\n", "a verbatim string without its format"},
    {"*-2\r\n", "an invalid number of elements"},
    {"*\r\n", "an invalid number of elements"},
    {"%1x\r\n", "an invalid number of elements"},
    {"*4194305\r\n", "a reply of too many elements"},
    {"*9223372036854775807\r\n", "a reply of too many elements"},
    {"%9223372036854775807\r\n", "a reply of too many elements"},
    {"*2\r\n:1\r\nx\r\n", "an unknown kind of reply, 'x'"},
};

TEST(RespReply, KnowsAllThatResp2Sends) {
  for (const Row& row : kResp2) EXPECT_EQ(parse(row.input), row.outcome) << row.input;
}

TEST(RespReply, KnowsAllThatResp3Sends) {
  for (const Row& row : kResp3) EXPECT_EQ(parse(row.input), row.outcome) << row.input;
}

TEST(RespReply, AggregatesHoldTheirElementsInOrder) {
  for (const Row& row : kNested) EXPECT_EQ(parse(row.input), row.outcome) << row.input;
}

TEST(RespReply, WhatIsNotWholeWaits) {
  for (const Row& row : kWaiting) EXPECT_EQ(parse(row.input), row.outcome) << row.input;
}

TEST(RespReply, WhatCannotBeUnderstoodIsAnErrorThatSaysWhy) {
  for (const Row& row : kErrors) {
    EXPECT_EQ(parse(row.input), "ERR " + std::string(row.outcome)) << row.input;
  }
}

TEST(RespReply, TextIsNotCopied) {
  const std::string input = "*2\r\n$5\r\nhello\r\n+OK\r\n";
  ReplyParser parser;
  Reply reply;
  ASSERT_EQ(parser.parse(input, reply), ReplyParser::Status::kReply);
  EXPECT_EQ(reply.at(1).text.data(), input.data() + 8);
  EXPECT_EQ(reply.at(2).text.data(), input.data() + 16);
}

// --- limits, at the border ---

std::string repeated(std::string_view part, std::size_t times) {
  std::string text;
  text.reserve(part.size() * times);
  for (std::size_t i = 0; i < times; ++i) text += part;
  return text;
}

TEST(RespReply, NestsSixteenDeepAndNoDeeper) {
  const std::string deepest = repeated("*1\r\n", ReplyParser::kDepthMax);
  EXPECT_EQ(parse(deepest + ":1\r\n"), repeated("[", 16) + "1" + repeated("]", 16) + "|");
  EXPECT_EQ(parse(deepest + "*0\r\n"), "ERR a reply nested too deeply");
}

TEST(RespReply, AnEndedAggregateCountsNoDepth) {
  EXPECT_EQ(parse("*100\r\n" + repeated("*1\r\n:1\r\n", 100)).substr(0, 8), "[[1] [1]");
}

TEST(RespReply, ALineMayHave65536Bytes) {
  const std::string longest(ReplyParser::kLineBytesMax - 1, 'x');
  EXPECT_EQ(parse("+" + longest), "...");
  EXPECT_EQ(parse("+" + longest + "\r\n"), "\"" + longest + "\"|");
  EXPECT_EQ(parse("+" + longest + "x"), "ERR a line of over 64 KiB");
  EXPECT_EQ(parse("+" + longest + "x\r\n"), "ERR a line of over 64 KiB");
}

TEST(RespReply, ABulkMayBeLongerThanALine) {
  const std::string payload(200000, 'x');
  EXPECT_EQ(parse("$200000\r\n" + payload + "\r\n"), "\"" + payload + "\"|");
}

TEST(RespReply, HoldsFourMillionElementsAndNoMore) {
  const std::size_t most = ReplyParser::kNodesMax;
  const std::string elements = repeated("_\r\n", most - 1);
  ReplyParser parser;
  Reply reply;
  const std::string full = "*" + std::to_string(most - 1) + "\r\n" + elements;
  ASSERT_EQ(parser.parse(full, reply), ReplyParser::Status::kReply);
  EXPECT_EQ(reply.size(), most);
  const std::string more = "*" + std::to_string(most) + "\r\n" + elements + "_\r\n";
  ASSERT_EQ(parser.parse(more, reply), ReplyParser::Status::kError);
  EXPECT_EQ(parser.error(), "a reply of too many elements");
}

// --- however it is cut ---

TEST(RespReply, HoweverItIsCutTheRepliesAreTheSame) {
  const auto outcome = [](const Pieces& pieces) { return parse(pieces); };
  for (const Row& row : kResp2) expect_same_however_cut(row.input, outcome);
  for (const Row& row : kResp3) expect_same_however_cut(row.input, outcome);
  for (const Row& row : kNested) expect_same_however_cut(row.input, outcome);
  for (const Row& row : kWaiting) expect_same_however_cut(row.input, outcome);
  for (const Row& row : kErrors) expect_same_however_cut(row.input, outcome);
}

TEST(RespReply, HoweverALongLineIsCutTheLimitIsTheSame) {
  for (const std::size_t size : {65534u, 65535u, 65536u}) {
    const std::string text = "+" + std::string(size, 'x') + "\r\n";
    const std::string_view line = text;
    const std::string whole = parse(line);
    for (std::size_t at = line.size() - 4; at < line.size(); ++at) {
      EXPECT_EQ(parse(Pieces{line.substr(0, at), line.substr(at)}), whole)
          << size << " bytes, cut at " << at;
    }
  }
}

TEST(RespReply, APipelineInRandomPiecesIsTheSame) {
  std::string pipeline;
  for (int i = 0; i < 20; ++i) {
    for (const Row& row : kResp2) pipeline += row.input;
    for (const Row& row : kResp3) pipeline += row.input;
    for (const Row& row : kNested) pipeline += row.input;
  }
  const std::string whole = parse(pipeline);
  std::mt19937 random(5);
  for (int run = 0; run < 50; ++run) {
    Pieces pieces;
    for (std::string_view rest = pipeline; !rest.empty();) {
      pieces.push_back(rest.substr(0, 1 + random() % 200));
      rest.remove_prefix(pieces.back().size());
    }
    ASSERT_EQ(parse(pieces), whole);
  }
}

}  // namespace
}  // namespace parley::resp
