#include "common/resp_request.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "tests/unit/common/split.h"

namespace parley::resp {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

// One client's input, and in words what the parser makes of it: <arg> for each argument of a
// request, | behind each request, "..." when it waits for more, "ERR text" when it is lost.
class Session {
 public:
  explicit Session(const RequestLimits& limits = {}) : limits_(limits) {}

  void feed(std::string_view piece) {
    // A new string each time, so that nothing can refer to the one before.
    input_ = input_ + std::string(piece);
    while (!lost_ && parse()) {
    }
  }
  std::string outcome() const { return lost_ || input_.empty() ? text_ : text_ + "..."; }
  std::size_t needed() const { return parser_.needed(); }

 private:
  bool parse() {
    Args args;
    switch (parser_.parse(input_, limits_, args)) {
      case RequestParser::Status::kIncomplete:
        return false;
      case RequestParser::Status::kError:
        lost_ = true;
        text_ += "ERR " + parser_.error();
        return false;
      case RequestParser::Status::kRequest:
        for (const std::string_view arg : args) text_.append("<").append(arg).append(">");
        text_ += "|";
        input_.erase(0, parser_.consumed());
    }
    return true;
  }

  RequestLimits limits_;
  RequestParser parser_;
  std::string input_;
  std::string text_;
  bool lost_ = false;
};

std::string parse(const Pieces& pieces, const RequestLimits& limits = {}) {
  Session session(limits);
  for (const std::string_view piece : pieces) session.feed(piece);
  return session.outcome();
}

std::string parse(std::string_view input, const RequestLimits& limits = {}) {
  return parse(Pieces{input}, limits);
}

struct Row {
  std::string_view input;
  std::string_view outcome;
};

// --- inline ---

constexpr Row kInline[] = {
    {"PING\r\n", "<PING>|"},
    {"PING\n", "<PING>|"},
    {"\r\n", "|"},
    {"\n", "|"},
    {"  \t \r\n", "|"},
    {"SET key value\r\n", "<SET><key><value>|"},
    {"  SET\t key  value \r\n", "<SET><key><value>|"},
    {"a\rb\r\n", "<a><b>|"},
    {"a\r\r\n", "<a>|"},
    {"\v\fPING\r\n", "<PING>|"},
    {"a\vb\fc\r\n", "<a\vb\fc>|"},
    {"a\0b\n"sv, "<a\0b>|"sv},
    {"caf\xc3\xa9 \xff\r\n", "<caf\xc3\xa9><\xff>|"},
    {"$4\r\n", "<$4>|"},
    {"+PING\r\n", "<+PING>|"},
    {"PING *1\r\n", "<PING><*1>|"},
};

constexpr Row kQuotes[] = {
    {R"(ECHO "two words")", "<ECHO><two words>|"},
    {R"(ECHO 'two words')", "<ECHO><two words>|"},
    {R"("" '')", "<><>|"},
    {R"(a"b c")", "<ab c>|"},
    {R"(a'b c')", "<ab c>|"},
    {R"("it's" 'a "b"')", R"(<it's><a "b">|)"},
    {R"("\n\r\t\b\a")", "<\n\r\t\b\a>|"},
    {R"("\\ \" \' \q \v")", R"(<\ " ' q v>|)"},
    {R"("\x41\x6a\x6A")", "<Ajj>|"},
    {R"("\x00\xff")", "<\0\xff>|"sv},
    {R"("\x4")", "<x4>|"},
    {R"("\x")", "<x>|"},
    {R"("\xg1 \x1g \X41")", "<xg1 x1g X41>|"},
    {R"('\n \x41 \\ ')", R"(<\n \x41 \\ >|)"},
    {R"('it\'s')", "<it's>|"},
    {R"(\n a\tb)", R"(<\n><a\tb>|)"},
    {"\"a\"\v\"b\"", "<a><b>|"},
    {"\"a\rb\"", "<a\rb>|"},
};

constexpr Row kTakenBack[] = {
    {"PIMG\x08\x08NG\r\n", "<PING>|"},
    {"PIMG\x7f\x7fNG\r\n", "<PING>|"},
    {"\x08\x7fPING\x08\x08\x08\x08\x08\x08TIME\n", "<TIME>|"},
    {"a\x08\n", "|"},
    {"PIMG\x08\x08NG\nTIMM\x08"
     "E\n",
     "<PING>|<TIME>|"},
    {"ECHO caf\xc3\xa9\x7f"
     "e\n",
     "<ECHO><cafe>|"},
    {"ECHO \xf0\x9f\x91\x8b\x7f!\n", "<ECHO><!>|"},
    {"ECHO 'a'b\x08\n", "<ECHO><a>|"},
    {"ECHO \"\\b\"\n", "<ECHO><\b>|"},
    {"*1\r\n$3\r\na\x08\x7f\r\n", "<a\x08\x7f>|"},
};

constexpr std::string_view kUnbalanced[] = {
    "\"",           "'",          "\"open",     "'open",  "a\"",  "a'",
    "\"closed\\\"", "'closed\\'", "\"back\\",   "\"a\"b", "'a'b", "\"a\"\"b\"",
    "'a''b'",       "\"a\"'b'",   "a \"b\"c d",
};

TEST(RespRequest, InlineLinesAreSplitAtBlanks) {
  for (const Row& row : kInline) EXPECT_EQ(parse(row.input), row.outcome) << row.input;
}

TEST(RespRequest, InlineQuotesAreReadAsRedisDoes) {
  for (const Row& row : kQuotes) {
    EXPECT_EQ(parse(std::string(row.input) + "\r\n"), row.outcome) << row.input;
  }
}

TEST(RespRequest, BackspaceTakesBackWhatWasTypedInline) {
  for (const Row& row : kTakenBack) EXPECT_EQ(parse(row.input), row.outcome) << row.input;
}

TEST(RespRequest, InlineQuotesThatDoNotCloseAreAnError) {
  for (const std::string_view line : kUnbalanced) {
    EXPECT_EQ(parse(std::string(line) + "\r\n"), "ERR Protocol error: unbalanced quotes in request")
        << line;
  }
}

// --- arrays ---

constexpr Row kArrays[] = {
    {"*1\r\n$4\r\nPING\r\n", "<PING>|"},
    {"*2\r\n$4\r\nECHO\r\n$7\r\na b\r\n\0c\r\n"sv, "<ECHO><a b\r\n\0c>|"sv},
    {"*1\r\n$0\r\n\r\n", "<>|"},
    {"*3\r\n$0\r\n\r\n$1\r\na\r\n$0\r\n\r\n", "<><a><>|"},
    {"*0\r\n", "|"},
    {"*-1\r\n", "|"},
    {"*-9223372036854775808\r\n", "|"},
    {"*0\r\nPING\r\n", "|<PING>|"},
    {"*1\rx$4\rxPINGxx", "<PING>|"},
    {"PING\r\n*1\r\n$4\r\nPING\r\nPING\n", "<PING>|<PING>|<PING>|"},
    {"*1\r\n$4\r\nPING\r\n*1\r\n$4\r\nQUIT\r\n", "<PING>|<QUIT>|"},
};

constexpr Row kWaiting[] = {
    {"", ""},
    {"P", "..."},
    {"PING", "..."},
    {"PING\r", "..."},
    {"PING\0"sv, "..."},
    {"*", "..."},
    {"*1\r", "..."},
    {"*1\n$4\nPING\n", "..."},
    {"*1\r\n", "..."},
    {"*1\r\n$", "..."},
    {"*1\r\n:", "..."},
    {"*1\r\n$4\r\nPING", "..."},
    {"*1\r\n$4\r\nPING\r", "..."},
    {"*2\r\n$4\r\nPING\r\n", "..."},
    {"*2147483647\r\n", "..."},
    {"*1\r\n$536870912\r\n", "..."},
    {"PING\r\n*1\r\n", "<PING>|..."},
};

TEST(RespRequest, ArraysOfBulkStringsAreRequests) {
  for (const Row& row : kArrays) EXPECT_EQ(parse(row.input), row.outcome) << row.input;
}

TEST(RespRequest, WhatIsNotWholeWaits) {
  for (const Row& row : kWaiting) EXPECT_EQ(parse(row.input), row.outcome) << row.input;
}

// --- errors ---

constexpr Row kErrors[] = {
    {"*\r\n", "invalid multibulk length"},
    {"*abc\r\n", "invalid multibulk length"},
    {"*+1\r\n", "invalid multibulk length"},
    {"* 1\r\n", "invalid multibulk length"},
    {"*1 \r\n", "invalid multibulk length"},
    {"*01\r\n", "invalid multibulk length"},
    {"*-0\r\n", "invalid multibulk length"},
    {"*-\r\n", "invalid multibulk length"},
    {"*1\0\r\n"sv, "invalid multibulk length"},
    {"*1\n\r\n", "invalid multibulk length"},
    {"*2147483648\r\n", "invalid multibulk length"},
    {"*-9223372036854775809\r\n", "invalid multibulk length"},
    {"*99999999999999999999\r\n", "invalid multibulk length"},
    {"*1\r\n$\r\n", "invalid bulk length"},
    {"*1\r\n$abc\r\n", "invalid bulk length"},
    {"*1\r\n$+4\r\n", "invalid bulk length"},
    {"*1\r\n$ 4\r\n", "invalid bulk length"},
    {"*1\r\n$04\r\n", "invalid bulk length"},
    {"*1\r\n$-1\r\n", "invalid bulk length"},
    {"*1\r\n$-0\r\n", "invalid bulk length"},
    {"*1\r\n$536870913\r\n", "invalid bulk length"},
    {"*1\r\n$9223372036854775808\r\n", "invalid bulk length"},
    {"*1\r\nPING\r\n", "expected '$', got 'P'"},
    {"*1\r\n:4\r\n", "expected '$', got ':'"},
    {"*1\r\n\r\n", "expected '$', got ' '"},
    {"*1\r\n\n4\r\n", "expected '$', got ' '"},
    {"*1\r\n*1\r\n", "expected '$', got '*'"},
    {"*2\r\n$4\r\nECHO\r\nhello\r\n", "expected '$', got 'h'"},
    {"\"open\r\n", "unbalanced quotes in request"},
};

TEST(RespRequest, WhatCannotBeUnderstoodIsAnErrorInRedisWords) {
  for (const Row& row : kErrors) {
    EXPECT_EQ(parse(row.input), "ERR Protocol error: " + std::string(row.outcome)) << row.input;
  }
}

TEST(RespRequest, RequestsBeforeAnErrorAreStillRequests) {
  EXPECT_EQ(parse("PING\r\n*1\r\n$4\r\nPING\r\n*x\r\n"),
            "<PING>|<PING>|ERR Protocol error: invalid multibulk length");
}

// --- limits, at the border ---

constexpr std::size_t kLine = RequestLimits::kLineBytesMax;
static_assert(kLine == 65536);

std::string digits(std::size_t n) {
  return std::string(n, '1');
}

TEST(RespRequest, AnInlineLineMayHave65536Bytes) {
  const std::string longest(kLine, 'x');
  EXPECT_EQ(parse(longest), "...");
  EXPECT_EQ(parse(longest + "\r"), "...");
  EXPECT_EQ(parse(longest + "\r\n"), "<" + longest + ">|");
  EXPECT_EQ(parse(longest + "\n"), "<" + longest + ">|");
  for (const char* const more : {"x", "x\r\n", "\rx", "x\n"}) {
    EXPECT_EQ(parse(longest + more), "ERR Protocol error: too big inline request");
  }
}

TEST(RespRequest, AnArrayHeaderMayHave65536Bytes) {
  EXPECT_EQ(parse("*" + digits(kLine - 1)), "...");
  EXPECT_EQ(parse("*" + digits(kLine - 1) + "\r\n"),
            "ERR Protocol error: invalid multibulk length");
  EXPECT_EQ(parse("*" + digits(kLine)), "ERR Protocol error: too big mbulk count string");
  EXPECT_EQ(parse("*" + digits(kLine) + "\r\n"), "ERR Protocol error: too big mbulk count string");
}

TEST(RespRequest, ABulkHeaderMayHave65536BytesWhateverItsFirst) {
  for (const char* const first : {"$", ":"}) {
    const std::string header = "*2\r\n$1\r\na\r\n"s + first;
    EXPECT_EQ(parse(header + digits(kLine - 1)), "...");
    EXPECT_EQ(parse(header + digits(kLine)), "ERR Protocol error: too big bulk count string");
    EXPECT_EQ(parse(header + digits(kLine) + "\r\n"),
              "ERR Protocol error: too big bulk count string");
  }
}

TEST(RespRequest, ABulkOfAnySizeMayContainNoLineEnd) {
  const std::string payload(3 * kLine, 'x');
  EXPECT_EQ(parse("*1\r\n$196608\r\n" + payload + "\r\n"), "<" + payload + ">|");
}

TEST(RespRequest, TheBulkLimitMayBeSet) {
  const RequestLimits limits{.bulk_bytes_max = 5};
  EXPECT_EQ(parse("*1\r\n$5\r\nhello\r\n", limits), "<hello>|");
  EXPECT_EQ(parse("*1\r\n$6\r\n", limits), "ERR Protocol error: invalid bulk length");
}

TEST(RespRequest, TheArgumentLimitMayBeSet) {
  const RequestLimits limits{.arguments_max = 2};
  EXPECT_EQ(parse("*2\r\n$1\r\na\r\n$1\r\nb\r\n", limits), "<a><b>|");
  EXPECT_EQ(parse("*3\r\n", limits), "ERR Protocol error: invalid multibulk length");
}

TEST(RespRequest, WithoutAuthenticationTenArgumentsAreAllowed) {
  const RequestLimits limits{.authenticated = false};
  EXPECT_EQ(parse("*10\r\n", limits), "...");
  EXPECT_EQ(parse("*11\r\n", limits), "ERR Protocol error: unauthenticated multibulk length");
  EXPECT_EQ(parse("*2147483648\r\n", limits), "ERR Protocol error: invalid multibulk length");
}

TEST(RespRequest, WithoutAuthenticationArgumentsOf16KilobytesAreAllowed) {
  const RequestLimits limits{.authenticated = false};
  EXPECT_EQ(parse("*1\r\n$16384\r\n", limits), "...");
  EXPECT_EQ(parse("*1\r\n$16385\r\n", limits), "ERR Protocol error: unauthenticated bulk length");
  EXPECT_EQ(parse("*1\r\n$536870913\r\n", limits), "ERR Protocol error: invalid bulk length");
}

// --- however it is cut ---

TEST(RespRequest, HoweverItIsCutTheRequestsAreTheSame) {
  const auto outcome = [](const Pieces& pieces) { return parse(pieces); };
  for (const Row& row : kInline) expect_same_however_cut(row.input, outcome);
  for (const Row& row : kTakenBack) expect_same_however_cut(row.input, outcome);
  for (const Row& row : kArrays) expect_same_however_cut(row.input, outcome);
  for (const Row& row : kWaiting) expect_same_however_cut(row.input, outcome);
  for (const Row& row : kErrors) expect_same_however_cut(row.input, outcome);
  for (const Row& row : kQuotes) expect_same_however_cut(std::string(row.input) + "\n", outcome);
}

TEST(RespRequest, HoweverALongLineIsCutTheLimitIsTheSame) {
  for (const std::size_t size : {kLine - 1, kLine, kLine + 1}) {
    for (const char* const head : {"", "*", "*1\r\n$"}) {
      const std::string text = head + digits(size - (head[0] ? 1 : 0)) + "\r\n";
      const std::string_view line = text;
      const std::string whole = parse(line);
      for (std::size_t at = line.size() - 5; at < line.size(); ++at) {
        EXPECT_EQ(parse(Pieces{line.substr(0, at), line.substr(at)}), whole);
      }
    }
  }
}

TEST(RespRequest, APipelineInRandomPiecesIsTheSame) {
  std::string pipeline;
  for (int i = 0; i < 20; ++i) {
    for (const Row& row : kArrays) pipeline += row.input;
    for (const Row& row : kInline) pipeline += row.input;
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

// --- what it says about progress ---

TEST(RespRequest, NeededIsMoreThanThereIsAndNoMoreThanTheRequestTakes) {
  for (const std::string_view request : {"*2\r\n$4\r\nECHO\r\n$12\r\nhello, world\r\n"sv,
                                         "*0\r\n"sv, "PING\n"sv, "*1\r\n$0\r\n\r\n"sv}) {
    for (std::size_t given = 0; given < request.size(); ++given) {
      RequestParser parser;
      Args args;
      const auto status = parser.parse(request.substr(0, given), {}, args);
      ASSERT_EQ(status, RequestParser::Status::kIncomplete);
      EXPECT_GT(parser.needed(), given) << request;
      EXPECT_LE(parser.needed(), request.size()) << request;
    }
  }
}

TEST(RespRequest, NeededKnowsTheSizeOfALargeArgument) {
  RequestParser parser;
  Args args;
  ASSERT_EQ(parser.parse("*1\r\n$1000000\r\nabc", {}, args), RequestParser::Status::kIncomplete);
  EXPECT_EQ(parser.needed(), "*1\r\n$1000000\r\n"sv.size() + 1000000 + 2);
}

TEST(RespRequest, ArgumentsOfAnArrayAreNotCopied) {
  const std::string input = "*1\r\n$4\r\nPING\r\n";
  RequestParser parser;
  Args args;
  ASSERT_EQ(parser.parse(input, {}, args), RequestParser::Status::kRequest);
  EXPECT_EQ(args.at(0).data(), input.data() + 8);
}

// --- integers ---

TEST(RespRequest, IntegersAreReadStrictly) {
  std::int64_t value = 0;
  for (const std::int64_t expected : {INT64_MIN, std::int64_t{-10}, std::int64_t{-1},
                                      std::int64_t{0}, std::int64_t{7}, INT64_MAX}) {
    EXPECT_TRUE(parse_integer(std::to_string(expected), value));
    EXPECT_EQ(value, expected);
  }
  for (const std::string_view text :
       {"", "-", "+1", "-0", "00", "01", "-01", " 1", "1 ", "1.0", "1e3", "0x10",
        "9223372036854775808", "-9223372036854775809", "--1"}) {
    EXPECT_FALSE(parse_integer(text, value)) << text;
  }
}

}  // namespace
}  // namespace parley::resp
