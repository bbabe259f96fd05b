#include <gtest/gtest.h>

#include <deque>

#include "tests/unit/chatserver/chat.h"

namespace parley::chat {
namespace {

TEST(Rooms, AreSubscribedToWhileTheyHaveMembers) {
  Chat chat;
  {
    TextClient first(chat, "sport:tea");
    TextClient second(chat, "sport:tea");
    chat.bus.confirm("sport:tea");
  }
  EXPECT_EQ(chat.bus.log,
            (std::vector<std::string>{"subscribe sport:tea", "unsubscribe sport:tea"}));
  EXPECT_EQ(chat.rooms.size(), 0u);
}

TEST(Rooms, StayForAMomentWhenTheLastMemberLeaves) {
  Chat chat;
  {
    TextClient leaving(chat, "tea");
    chat.bus.confirm("tea");
  }
  EXPECT_EQ(chat.rooms.members(), 0u);
  const TextClient back(chat, "tea");
  EXPECT_EQ(chat.rooms.members(), 1u);
  EXPECT_EQ(chat.bus.log, (std::vector<std::string>{"subscribe tea", "read tea"}));
  for (const std::string& told : chat.bus.presence) {
    EXPECT_EQ(told.find(R"("all":[])"), std::string::npos) << "nobody was told of a leave";
  }
}

TEST(Rooms, WhoAskForTheNewestMessagesShareOneRead) {
  Chat chat;
  for (int i = 0; i < 3; ++i) chat.bus.store("tea", R"({"data":{"text":"hot"}})");
  chat.bus.answers_reads = false;
  std::deque<ProtocolClient> clients;
  for (int i = 0; i < 50; ++i) {
    clients.emplace_back(chat).connect();
    clients.back().say(R"({"id":2,"subscribe":{"channel":"tea"}})");
  }
  chat.bus.confirm("tea");
  chat.bus.answer();
  for (ProtocolClient& client : clients) {
    client.say(R"({"id":3,"history":{"channel":"tea","limit":2,"reverse":true}})");
  }
  EXPECT_EQ(chat.bus.reads.size(), 1u);
  chat.bus.answer();
  for (const ProtocolClient& client : clients) {
    EXPECT_TRUE(client.wire.has(R"({"id":3,"history":{"epoch":"first","offset":3,)"
                                R"("publications":[{"data":{"text":"hot"},"offset":3},)"));
  }
  EXPECT_EQ(chat.bus.log, (std::vector<std::string>{"subscribe tea", "read tea", "read tea"}));
}

TEST(Rooms, AReadForTheNewestMessagesThatFailsIsToldToAll) {
  Chat chat;
  chat.bus.store("tea", R"({"data":{"text":"hot"}})");
  chat.bus.answers_reads = false;
  ProtocolClient client(chat);
  client.connect();
  client.say(R"({"id":2,"subscribe":{"channel":"tea"}})");
  chat.bus.confirm("tea");
  chat.bus.answer();
  client.say(R"({"id":3,"history":{"channel":"tea","limit":2,"reverse":true}})");
  chat.bus.answer("gone");
  EXPECT_TRUE(client.wire.has(R"({"error":{"code":100,)"));
  EXPECT_TRUE(client.wire.has(R"("id":3})"));
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

class Tick : public testing::Test {
 protected:
  Tick() {
    join(first);
    chat.bus.confirm("tea");
  }
  void join(ProtocolClient& client) {
    client.connect();
    client.say(R"({"id":2,"subscribe":{"channel":"tea"}})");
  }
  void say(int number) { chat.bus.say("tea", pub(number)); }
  static std::string pub(int number) { return "{\"data\":" + std::to_string(number) + "}"; }
  static std::string push(int number) {
    return R"({"push":{"channel":"tea","pub":)" + pub(number) + "}}";
  }
  static std::string frame(const std::string& text) {
    return "\x81" + std::string(1, static_cast<char>(text.size())) + text;
  }

  Chat chat;
  ProtocolClient first{chat};
  ProtocolClient second{chat};
};

TEST_F(Tick, ItsMessagesAreLinesOfOneFrame) {
  say(1);
  say(2);
  EXPECT_TRUE(first.wire.has(frame(push(1) + "\n" + push(2))));
  say(3);
  EXPECT_TRUE(first.wire.has(frame(push(3))));
}

TEST_F(Tick, WhoJoinsInItGetsWhatCameAfter) {
  say(1);
  join(second);
  say(2);
  EXPECT_TRUE(first.wire.has(frame(push(1)) + frame(push(2))));
  EXPECT_FALSE(second.wire.has(push(1)));
  EXPECT_TRUE(second.wire.has(frame(push(2))));
}

TEST_F(Tick, WhoLeavesInItGetsWhatCameBefore) {
  say(1);
  first.say(R"({"id":3,"unsubscribe":{"channel":"tea"}})");
  const std::string sent = first.wire.sent();
  EXPECT_LT(sent.find(push(1)), sent.find(R"("unsubscribe")"));
  chat.rooms.flush();  // of a room that is there no more
}

TEST_F(Tick, ManyMessagesAreSeveralFrames) {
  const int many = static_cast<int>(2 * Rooms::kLinesBytesMax / push(100).size());
  for (int number = 100; number < 100 + many; ++number) say(number);
  EXPECT_TRUE(first.wire.has(push(100)));
  EXPECT_TRUE(first.wire.has("}\x81\x7e"));
  for (int number = 100; number < 100 + many; ++number) EXPECT_TRUE(first.wire.has(push(number)));
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

class SilentRoom : public testing::Test {
 protected:
  SilentRoom() {
    client.connect();
    client.say(R"({"id":2,"subscribe":{"channel":"tea"}})");
    chat.bus.confirm("tea");
    chat.bus.say_stored("tea", R"({"data":1})");
    chat.bus.log.clear();
    wait();  // its first turn, when it has just been heard of
  }
  void wait() {
    for (int s = 0; s < Rooms::kSilence.count(); ++s) chat.rooms.check_silent_rooms();
  }

  Chat chat;
  ProtocolClient client{chat};
};

TEST_F(SilentRoom, IsComparedWithItsHistoryOnceInAWhile) {
  EXPECT_TRUE(chat.bus.log.empty());
  wait();
  EXPECT_EQ(chat.bus.log, (std::vector<std::string>{"read tea"}));
  chat.bus.say_stored("tea", R"({"data":2})");
  EXPECT_TRUE(client.wire.has("\"offset\":2"));
  wait();
  EXPECT_EQ(chat.bus.log, (std::vector<std::string>{"read tea"}));
}

TEST_F(SilentRoom, ShowsAMessageThatWasLostOnItsWay) {
  chat.bus.store("tea", R"({"data":2})");
  wait();
  EXPECT_TRUE(client.wire.has("\"offset\":2"));
}

TEST_F(SilentRoom, WhoseHistoryIsAnotherOneSendsItsMembersOut) {
  chat.bus.streams["tea"] = {"second", {}};
  wait();
  EXPECT_TRUE(client.wire.has("2500"));
}

TEST_F(SilentRoom, WaitsWhileTheBusIsAway) {
  chat.bus.is_up = false;
  wait();
  EXPECT_TRUE(chat.bus.log.empty());
}

// Rooms whose newest messages are together more than is kept in memory: some rooms lose theirs.
class ManyLargeRooms : public testing::Test {
 protected:
  static constexpr int kRooms = 200;
  static constexpr int kMessages = 3;  // of 2 times 60,000 bytes each: as much as a room keeps

  ManyLargeRooms() {
    for (int room = 0; room < kRooms; ++room) {
      first.emplace_back(chat, name(room));
      chat.bus.confirm(name(room));
    }
    chat.bus.log.clear();
  }
  static std::string name(int room) { return "room" + std::to_string(room); }
  void fill(int room) {
    for (int i = 0; i < kMessages; ++i) {
      chat.bus.say_stored(name(room), R"({"data":{"text":"<)" + std::to_string(i) + ">" +
                                          std::string(60'000, 'x') + R"("}})");
    }
  }
  static std::string heard(const TextClient& client) {
    std::string marks;
    const std::string sent = client.wire.sent();
    for (std::size_t at = 0; (at = sent.find('<', at)) != std::string::npos; ++at) {
      marks += sent[at + 1];
    }
    return marks;
  }

  Chat chat;
  std::deque<TextClient> first;
};

TEST_F(ManyLargeRooms, GiveToThoseWhoJoinWhatIsNotInMemoryAnyMore) {
  for (int room = 0; room < kRooms; ++room) fill(room);
  for (int room = 0; room < kRooms; ++room) {
    const TextClient second(chat, name(room), kMessages);
    ASSERT_EQ(heard(second), "012") << name(room);
  }
  EXPECT_FALSE(chat.bus.log.empty()) << "nothing was read again";
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
  ProtocolConversation conversation(wire, chat.rooms, {.messages_per_second = 1});
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
  const auto later = chat.loop.now() + ClientRules{}.ping_interval;
  client.conversation.check_time(later);
  EXPECT_TRUE(client.wire.has("{}\n"));
  client.conversation.check_time(later + ProtocolConversation::kPongTimeout);
  EXPECT_EQ(client.wire.closed_with, 0);
  client.conversation.check_time(later + std::chrono::seconds(9));
  EXPECT_EQ(client.wire.closed_with, 3012);
}

TEST(ProtocolConversation, WhoDoesNotAnswerIsCutHoweverOftenPingsGo) {
  Chat chat;
  FakeWire wire(chat.loop);
  ProtocolConversation conversation(wire, chat.rooms, {.ping_interval = std::chrono::seconds(1)});
  conversation.open();
  conversation.receive(R"({"id":1,"connect":{}})", true);
  const auto now = chat.loop.now();
  for (int s = 1; s < 8; ++s) conversation.check_time(now + std::chrono::seconds(s));
  EXPECT_EQ(wire.closed_with, 0);
  for (int s = 8; s < 12; ++s) conversation.check_time(now + std::chrono::seconds(s));
  EXPECT_EQ(wire.closed_with, 3012);
}

TEST(ProtocolConversation, QuestionsCountAsSendingDoes) {
  for (const std::string question :
       {R"({"id":2,"rpc":{"method":"rooms"}})", R"({"id":2,"history":{"channel":"tea"}})",
        R"({"id":2,"presence":{"channel":"tea"}})",
        R"({"id":2,"presence_stats":{"channel":"tea"}})"}) {
    Chat chat;
    FakeWire wire(chat.loop);
    ProtocolConversation conversation(wire, chat.rooms, {.messages_per_second = 1});
    conversation.open();
    conversation.receive(R"({"id":1,"connect":{}})", true);
    for (int i = 0; i < 5; ++i) conversation.receive(question, true);
    EXPECT_FALSE(wire.has("111"));
    conversation.receive(question, true);
    EXPECT_TRUE(wire.has("111"));
  }
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
