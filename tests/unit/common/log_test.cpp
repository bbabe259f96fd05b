#include "common/log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <random>
#include <string>

namespace parley {
namespace {

using nlohmann::json;

// What a log with these options leaves on standard error.
template <class Write>
std::string logged(const LogOptions& options, Write write) {
  const auto log = make_log("parley-test", options);
  testing::internal::CaptureStderr();
  write(*log);
  return testing::internal::GetCapturedStderr();
}

std::string text_line(std::string_view message) {
  return logged({}, [&](Log& log) { log.info("{}", message); });
}

std::string json_line(std::string_view message) {
  return logged({.format = LogFormat::kJson}, [&](Log& log) { log.info("{}", message); });
}

// The text of the message in a line of text.
std::string shown(std::string_view message) {
  const std::string line = text_line(message);
  const std::string head = "2026-01-31T12:00:00.000Z info ";
  EXPECT_GT(line.size(), head.size());
  return line.substr(head.size(), line.size() - head.size() - 1);
}

std::size_t lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

// `form` with a digit for each 0.
bool has_form(std::string_view text, std::string_view form) {
  return std::equal(text.begin(), text.end(), form.begin(), form.end(),
                    [](char c, char f) { return f == '0' ? c >= '0' && c <= '9' : c == f; });
}

struct Row {
  std::string_view message;
  std::string_view shown;
};

constexpr Row kRows[] = {
    {"plain text", "plain text"},
    {"forged\n2026-01-31T12:00:00.000Z error line",
     "forged\\x0a2026-01-31T12:00:00.000Z error line"},
    {"\r\t\x1b[2J\x7f", "\\x0d\\x09\\x1b[2J\\x7f"},
    {{"a\0b", 3}, "a\\x00b"},
    {"Grüße, 世界 👋", "Grüße, 世界 👋"},
    {"\xff", "\\xff"},
    {"cut short \xe4\xb8", "cut short \\xe4\\xb8"},
    {"cut short \xe4\xb8 in the middle", "cut short \\xe4\\xb8 in the middle"},
    {"overlong \xc0\xaf \xe0\x80\xaf", "overlong \\xc0\\xaf \\xe0\\x80\\xaf"},
    {"surrogate \xed\xa0\x80", "surrogate \\xed\\xa0\\x80"},
    {"too large \xf4\x90\x80\x80", "too large \\xf4\\x90\\x80\\x80"},
    {"an escape sequence in one character \xc2\x9b",
     "an escape sequence in one character \\xc2\\x9b"},
};

TEST(Log, ATextLineIsTimeLevelAndMessage) {
  const std::string line = text_line("listening on port 6379");
  EXPECT_TRUE(line.ends_with(" info listening on port 6379\n")) << line;
  EXPECT_TRUE(has_form(line.substr(0, line.find(' ')), "0000-00-00T00:00:00.000Z")) << line;
}

TEST(Log, AJsonLineIsOneObject) {
  const std::string line = json_line("listening on \"port\" 6379");
  EXPECT_EQ(lines(line), 1u);
  const json record = json::parse(line);
  EXPECT_EQ(record.size(), 4u);
  EXPECT_EQ(record["level"], "info");
  EXPECT_EQ(record["logger"], "parley-test");
  EXPECT_EQ(record["message"], "listening on \"port\" 6379");
  EXPECT_TRUE(has_form(record["time"].get<std::string>(), "0000-00-00T00:00:00.000Z")) << line;
}

TEST(Log, NothingInAMessageCanForgeOrHideText) {
  for (const Row& row : kRows) EXPECT_EQ(shown(row.message), row.shown);
}

TEST(Log, JsonKeepsWhatItCanSayAndShowsTheRest) {
  EXPECT_EQ(json::parse(json_line("a\n\t\x1b\x7f\\\"b"))["message"], "a\n\t\x1b\x7f\\\"b");
  EXPECT_EQ(json::parse(json_line("Grüße, 世界 👋"))["message"], "Grüße, 世界 👋");
  EXPECT_EQ(json::parse(json_line("\xff\xe4\xb8"))["message"], "\\xff\\xe4\\xb8");
}

TEST(Log, WhateverIsLoggedIsOneLineAndValidJson) {
  std::mt19937 random(3);
  for (int i = 0; i < 2000; ++i) {
    std::string message(random() % 30, '\0');
    for (char& c : message) c = static_cast<char>(random());
    const std::string line = json_line(message);
    ASSERT_EQ(lines(line), 1u);
    ASSERT_TRUE(json::accept(line)) << line;
    const std::string text = text_line(message);
    ASSERT_EQ(lines(text), 1u);
    ASSERT_TRUE(std::none_of(text.begin(), text.end() - 1, [](char c) {
      return c >= 0 && (c < 0x20 || c == 0x7f);
    })) << text;
  }
}

TEST(Log, WhatIsBelowItsLevelIsLeftOut) {
  const auto write = [](Log& log) {
    log.info("info");
    log.warn("warning");
    log.error("error");
  };
  EXPECT_EQ(lines(logged({.level = "info"}, write)), 3u);
  EXPECT_EQ(lines(logged({.level = "warn"}, write)), 2u);
  EXPECT_EQ(lines(logged({.level = "error"}, write)), 1u);
  EXPECT_EQ(lines(logged({.level = "off"}, write)), 0u);
}

}  // namespace
}  // namespace parley
