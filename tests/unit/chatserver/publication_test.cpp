#include "chatserver/publication.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace parley::chat {
namespace {

using nlohmann::json;

const Person kAda{"c-1", "Ada"};
constexpr std::int64_t kNow = 1'700'000'000'000;

Publication round_trip(const json& data, const Position& position = {}) {
  return decode_publication(encode_publication(data, kAda, kNow), position, kNow);
}

TEST(Publication, CarriesTextAuthorAndTime) {
  const Publication publication = round_trip({{"id", "m1"}, {"text", "hello"}});
  const json value = json::parse(publication.json);
  EXPECT_EQ(publication.text, "hello");
  EXPECT_EQ(value["data"], (json{{"id", "m1"}, {"text", "hello"}, {"at", kNow}}));
  EXPECT_EQ(value["info"], client_info(kAda));
  EXPECT_FALSE(value.contains("offset"));
}

TEST(Publication, LeavesOtherJsonAsItIs) {
  for (const json& data : {json(7), json("x"), json(nullptr), json{{"a", {1, 2.5, false}}},
                           json::array({1, "two"}), json{{"text", 3}}}) {
    EXPECT_EQ(json::parse(round_trip(data).json)["data"], data);
  }
}

TEST(Publication, HasItsOffsetWhenTheBusKeepsHistory) {
  const Publication publication = round_trip({{"text", "a}b"}}, {"epoch", 43});
  EXPECT_EQ(json::parse(publication.json)["offset"], 43);
}

TEST(Publication, ABareTextGetsAnIdOfItsOwn) {
  const json value = json::parse(encode_text("hi", "m1", kAda, kNow));
  EXPECT_FALSE(value["data"]["id"].get<std::string>().empty());
  EXPECT_EQ(value["data"]["text"], "hi");
}

TEST(Publication, WhatSomebodyElseSaysIsANotice) {
  for (const char* payload : {"hello", "{", "[1]", "{}", R"({"text":"x"})", R"({"data":1,"x":2})",
                              R"({"data":1,"info":{"user":1}})", ""}) {
    const Publication publication = decode_publication(payload, {}, kNow);
    const json value = json::parse(publication.json);
    EXPECT_EQ(value["data"]["text"], payload);
    EXPECT_EQ(value["data"]["notice"], true);
    EXPECT_FALSE(value.contains("info"));
    EXPECT_EQ(publication.text, payload);
  }
}

TEST(Publication, IsOneLineWhateverCame) {
  const Publication publication =
      decode_publication("{\n \"data\": {\"text\": \"a\\nb\"}\n}\n", {}, kNow);
  EXPECT_EQ(publication.json.find('\n'), std::string::npos);
  EXPECT_EQ(publication.text, "a\nb");
}

TEST(Publication, IsValidUtf8WhateverCame) {
  const Publication publication = decode_publication("caf\xe9", {}, kNow);
  EXPECT_EQ(publication.text, "caf\xef\xbf\xbd");
  EXPECT_TRUE(json::accept(publication.json));
}

TEST(ParseJson, RefusesWhatNestsTooDeeply) {
  const auto nested = [](int depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(parse_json(nested(kJsonDepthMax)));
  EXPECT_FALSE(parse_json(nested(kJsonDepthMax + 1)));
  EXPECT_TRUE(parse_json("\"" + std::string(1000, '[') + "\""));
  EXPECT_FALSE(parse_json(std::string(60000, '[')));
}

}  // namespace
}  // namespace parley::chat
