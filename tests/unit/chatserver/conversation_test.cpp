#include <gtest/gtest.h>
#include "tests/unit/chatserver/chat.h"

namespace parley::chat {
namespace {

TEST(Rooms, AreSubscribedToWhileTheyHaveMembers) {
  Chat chat;
  {
    TextClient first(chat, "tea");
    TextClient second(chat, "tea");
    chat.bus.confirm("tea");
  }
  EXPECT_EQ(chat.bus.log,
            (std::vector<std::string>{"subscribe tea", "read tea", "unsubscribe tea"}));
  EXPECT_EQ(chat.rooms.size(), 0u);
}

TEST(Rooms, AMessageReachesTheMembersOfItsRoomInTheirForm) {
  Chat chat;
  TextClient text(chat, "tea");
  TextClient elsewhere(chat, "coffee");
  ProtocolClient json(chat);
  json.connect();
  json.say(R"({"id":2,"subscribe":{"channel":"tea"}})");
  chat.bus.confirm("tea");
  chat.bus.confirm("coffee");
  chat.bus.say("tea", R"({"data":{"text":"hot"}})");
  EXPECT_TRUE(text.wire.has("\x81\x03hot"));
  EXPECT_TRUE(json.wire.has(R"({"push":{"channel":"tea","pub":{"data":{"text":"hot"}}}})"));
  EXPECT_EQ(elsewhere.wire.sent(), "");
}

TEST(Rooms, AConfirmationOfAnEarlierRoomOfTheSameNameDoesNotCount) {
  Chat chat;
  {
    TextClient left(chat, "tea");
  }
  TextClient client(chat, "tea");
  client.say("early");
  chat.bus.confirm("tea");
  EXPECT_TRUE(chat.bus.published.empty());
  chat.bus.confirm("tea");
  chat.loop.poll();
  EXPECT_EQ(chat.bus.published.size(), 1u);
}

TEST(TextConversation, WhatIsSaidBeforeTheRoomIsLiveWaits) {
  Chat chat;
  TextClient client(chat, "tea");
  client.say("one");
  client.say("two");
  EXPECT_TRUE(chat.bus.published.empty());
  chat.bus.confirm("tea");
  EXPECT_TRUE(chat.bus.published.empty()) << "a bus may bring it at once, when nobody is live";
  client.say("three");
  chat.loop.poll();
  ASSERT_EQ(chat.bus.published.size(), 3u);
  EXPECT_NE(chat.bus.published[0].payload.find("one"), std::string::npos);
}

TEST(TextConversation, TooMuchThatWaitsEndsIt) {
  Chat chat;
  TextClient client(chat, "tea");
  for (int i = 0; i < 9; ++i) client.say(std::string(32 * 1024, 'x'));
  EXPECT_EQ(client.wire.closed_with, 1013);
}

TEST(TextConversation, AMessageThatTheBusRefusesIsSaid) {
  Chat chat;
  TextClient client(chat, "tea");
  chat.bus.confirm("tea");
  client.say("hello");
  chat.bus.published[0].done({"the bus is away"}, {});
  EXPECT_TRUE(client.wire.has("* not sent: the bus is away"));
}

TEST(TextConversation, AnAnswerAfterItsEndIsHarmless) {
  Chat chat;
  {
    TextClient client(chat, "tea");
    chat.bus.confirm("tea");
    client.say("hello");
  }
  chat.bus.published[0].done({"the bus is away"}, {});
}

TEST(ProtocolConversation, ConnectTellsTheNameInForce) {
  Chat chat;
  ProtocolClient client(chat);
  client.connect();
  EXPECT_TRUE(client.wire.has(R"("data":{"name":"Ada"})"));
  EXPECT_TRUE(client.wire.has(R"("ping":25,"pong":true)"));
}

TEST(ProtocolConversation, TheSubscribeAnswerComesBeforeTheFirstMessage) {
  Chat chat;
  ProtocolClient client(chat);
  client.connect();
  client.say(R"({"id":2,"subscribe":{"channel":"tea"}})");
  EXPECT_FALSE(client.wire.has(R"("subscribe")"));
  chat.bus.confirm("tea");
  chat.bus.say("tea", R"({"data":1})");
  const std::string sent = client.wire.sent();
  EXPECT_LT(sent.find(R"("subscribe":{"epoch")"), sent.find(R"("pub")"));
}

TEST(ProtocolConversation, EveryCommandOfAFastUnsubscribeAndSubscribeIsAnswered) {
  Chat chat;
  ProtocolClient client(chat);
  client.connect();
  client.say(
      "{\"id\":2,\"subscribe\":{\"channel\":\"t\"}}\n{\"id\":3,\"unsubscribe\":{\"channel\":\"t\"}}"
      "\n"
      "{\"id\":4,\"subscribe\":{\"channel\":\"t\"}}\n");
  chat.bus.confirm("t");
  chat.bus.confirm("t");
  for (const char* id : {R"("id":2)", R"("id":3)", R"("id":4)"})
    EXPECT_TRUE(client.wire.has(id)) << id;
}

TEST(ProtocolConversation, PublishIsAnsweredWhenTheBusHasTheMessage) {
  Chat chat;
  ProtocolClient client(chat);
  client.connect();
  client.say(R"({"id":2,"publish":{"channel":"tea","data":{"text":"x"}}})");
  EXPECT_FALSE(client.wire.has(R"("id":2)"));
  chat.bus.published[0].done({}, {});
  EXPECT_TRUE(client.wire.has(R"({"id":2,"publish":{}})"));
}

TEST(ProtocolConversation, JoiningRoomsCountsAsSendingDoes) {
  Chat chat;
  FakeWire wire(chat.loop);
  ProtocolConversation conversation(wire, chat.rooms, MessageRate(1));
  conversation.open();
  conversation.receive(R"({"id":1,"connect":{}})", true);
  for (int i = 0; i < 6; ++i) {
    conversation.receive(R"({"id":2,"subscribe":{"channel":"r)" + std::to_string(i) + "\"}}", true);
  }
  EXPECT_EQ(chat.rooms.size(), 5u);
  EXPECT_TRUE(wire.has(R"("code":111)"));
}

TEST(ProtocolConversation, APublishThatFailsMayBeTriedAgain) {
  Chat chat;
  ProtocolClient client(chat);
  client.connect();
  client.say(R"({"id":2,"publish":{"channel":"tea","data":1}})");
  chat.bus.published[0].done({"the bus is away"}, {});
  EXPECT_TRUE(client.wire.has(R"("code":100)"));
  EXPECT_TRUE(client.wire.has(R"("temporary":true)"));
}

TEST(ProtocolConversation, TellsWhenTheBusGoesAndComes) {
  Chat chat;
  ProtocolClient client(chat);
  client.connect();
  chat.bus.change(false);
  chat.bus.change(true);
  const std::string sent = client.wire.sent();
  EXPECT_LT(sent.find(R"({"bus":"down"})"), sent.find(R"({"bus":"up"})"));
}

struct Refusal {
  const char* frame;
  int code;
};

class ProtocolRefusals : public testing::TestWithParam<Refusal> {};

TEST_P(ProtocolRefusals, EndTheConversation) {
  Chat chat;
  ProtocolClient client(chat);
  client.connect();
  client.say(GetParam().frame);
  EXPECT_EQ(client.wire.closed_with, GetParam().code) << GetParam().frame;
}

INSTANTIATE_TEST_SUITE_P(Frames, ProtocolRefusals,
                         testing::Values(Refusal{"", 3501}, Refusal{"junk", 3501},
                                         Refusal{"[1]", 3501},
                                         Refusal{"{\"id\":2,\"nothing\":{}}", 3501},
                                         Refusal{"{}\n\n{}", 3501},
                                         Refusal{"{\"id\":2,\"connect\":{}}", 3501},
                                         Refusal{"{\"id\":-1,\"publish\":{}}", 3501},
                                         Refusal{"{\"id\":2,\"subscribe\":{}}", 3501},
                                         Refusal{"{\"id\":2,\"subscribe\":7}", 3501},
                                         Refusal{"{\"send\":{\"data\":1}}", 3508}));

TEST(ProtocolConversation, NothingButConnectComesFirst) {
  Chat chat;
  ProtocolClient client(chat);
  client.say(R"({"id":1,"subscribe":{"channel":"tea"}})");
  EXPECT_EQ(client.wire.closed_with, 3501);
}

TEST(ProtocolConversation, AnEmptyCommandIsAPong) {
  Chat chat;
  ProtocolClient client(chat);
  client.connect();
  client.say("{}");
  EXPECT_EQ(client.wire.closed_with, 0);
}

TEST(ProtocolConversation, WhoDoesNotConnectInTimeIsStale) {
  Chat chat;
  ProtocolClient client(chat);
  client.conversation.check_time(chat.loop.now() + ProtocolConversation::kConnectTimeout);
  EXPECT_EQ(client.wire.closed_with, 0);
  client.conversation.check_time(chat.loop.now() + std::chrono::seconds(11));
  EXPECT_EQ(client.wire.closed_with, 3502);
}

TEST(ProtocolConversation, WhoDoesNotAnswerAPingIsCut) {
  Chat chat;
  ProtocolClient client(chat);
  client.connect();
  const auto later = chat.loop.now() + ProtocolConversation::kPingInterval;
  client.conversation.check_time(later);
  EXPECT_TRUE(client.wire.has("{}\n"));
  client.conversation.check_time(later + ProtocolConversation::kPongTimeout);
  EXPECT_EQ(client.wire.closed_with, 0);
  client.conversation.check_time(later + std::chrono::seconds(9));
  EXPECT_EQ(client.wire.closed_with, 3012);
}

TEST(ProtocolConversation, ARefusedNameMayBeChosenAgain) {
  Chat chat;
  ProtocolClient client(chat);
  client.say(R"({"id":1,"connect":{"data":{"name":" "}}})");
  EXPECT_TRUE(client.wire.has(R"("code":107)"));
  client.connect();
  EXPECT_TRUE(client.wire.has(R"("name":"Ada")"));
}

}  // namespace
}  // namespace parley::chat
