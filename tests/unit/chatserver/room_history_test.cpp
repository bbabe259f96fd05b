#include <gtest/gtest.h>

#include "tests/unit/chatserver/chat.h"

namespace parley::chat {
namespace {

// A client that is connected, in a chat whose room `tea` has five messages.
class RoomHistory : public testing::Test {
 protected:
  RoomHistory() {
    client.connect();
    for (int i = 1; i <= 5; ++i) chat.bus.store("tea", message(i));
  }
  static std::string message(int n) { return R"({"data":)" + std::to_string(n) + "}"; }
  static std::string stored(int n) {
    return R"({"data":)" + std::to_string(n) + R"(,"offset":)" + std::to_string(n) + "}";
  }
  void subscribe(const std::string& more) {
    client.say(R"({"id":2,"subscribe":{"channel":"tea")" + more + "}}");
    if (!chat.bus.waiting.empty()) chat.bus.confirm("tea");
  }
  bool has(const std::string& text) const { return client.wire.has(text); }

  Chat chat;
  ProtocolClient client{chat};
};

TEST_F(RoomHistory, ASubscriptionTellsThePosition) {
  subscribe("");
  EXPECT_TRUE(has(R"("subscribe":{"epoch":"first","offset":5,"positioned":true,)"
                  R"("recoverable":true}})"));
}

TEST_F(RoomHistory, WhoComesBackGetsWhatWasMissed) {
  subscribe(R"(,"recover":true,"epoch":"first","offset":3)");
  EXPECT_TRUE(has(R"("offset":3,"positioned":true,"recoverable":true,"recovered":true,)"
                  R"("was_recovering":true,"publications":[)" +
                  stored(4) + "," + stored(5) + "]"));
}

TEST_F(RoomHistory, WhoMissedNothingRecoversWithNothing) {
  subscribe(R"(,"recover":true,"epoch":"first","offset":5)");
  EXPECT_TRUE(has(R"("recovered":true,"was_recovering":true,"publications":[]})"));
}

TEST_F(RoomHistory, AnotherEpochOrAnOffsetAheadIsNoRecovery) {
  for (const char* position : {R"("epoch":"x","offset":3)", R"("epoch":"first","offset":9)"}) {
    ProtocolClient other(chat);
    other.connect();
    other.say(std::string(R"({"id":2,"subscribe":{"channel":"tea","recover":true,)") + position +
              "}}");
    if (!chat.bus.waiting.empty()) chat.bus.confirm("tea");
    EXPECT_TRUE(other.wire.has(R"("was_recovering":true)"));
    EXPECT_FALSE(other.wire.has(R"("recovered")"));
  }
}

TEST_F(RoomHistory, WhoIsAheadOfTheServerIsWaitedFor) {
  subscribe("");
  const Position six = chat.bus.store("tea", message(6));  // the news of it is on its way
  ProtocolClient other(chat);
  other.connect();
  other.say(R"({"id":2,"subscribe":{"channel":"tea","recover":true,"epoch":"first","offset":6}})");
  EXPECT_TRUE(other.wire.has(R"("recovered":true,"was_recovering":true,"publications":[]})"));
  EXPECT_TRUE(has(R"("pub":)" + stored(6)));
  chat.bus.tell("tea", six, message(6));
  EXPECT_FALSE(other.wire.has(R"("pub")"));
  chat.bus.say_stored("tea", message(7));
  EXPECT_TRUE(other.wire.has(R"("pub":)" + stored(7)));
}

TEST_F(RoomHistory, ASubscribeThatCannotBeAnsweredIsRefusedForNow) {
  client.say(R"({"id":2,"subscribe":{"channel":"tea"}})");  // the bus does not confirm it
  const auto now = chat.loop.now();
  client.conversation.check_time(now + ProtocolConversation::kAnswerTimeout);
  EXPECT_FALSE(has(R"("error")"));
  client.conversation.check_time(now + std::chrono::seconds(5));
  EXPECT_TRUE(has(R"("code":100)"));
  EXPECT_TRUE(has(R"("temporary":true)"));
  client.say(R"({"id":3,"subscribe":{"channel":"tea"}})");
  chat.bus.confirm("tea");
  chat.bus.confirm("tea");
  EXPECT_TRUE(has(R"("id":3,"subscribe":{"epoch":"first")"));
}

TEST_F(RoomHistory, WithFlagTwoTheRefusalIsAnErrorAndTheRoomIsLeft) {
  subscribe(R"(,"flag":3,"recover":true,"epoch":"x","offset":3)");
  EXPECT_TRUE(has(R"("code":112)"));
  EXPECT_EQ(chat.rooms.size(), 0u);
  subscribe("");
  EXPECT_TRUE(has(R"("offset":5)")) << "it may subscribe again";
}

TEST_F(RoomHistory, MoreThanTheLimitIsNoRecovery) {
  for (int i = 6; i <= 301; ++i) chat.bus.store("tea", message(i));
  subscribe(R"(,"recover":true,"epoch":"first","offset":0)");
  EXPECT_FALSE(has(R"("recovered")"));
  ProtocolClient other(chat);
  other.connect();
  other.say(R"({"id":2,"subscribe":{"channel":"tea","recover":true,"epoch":"first","offset":1}})");
  EXPECT_TRUE(other.wire.has(R"("recovered":true)"));
}

TEST_F(RoomHistory, ManyWhoComeAtOnceShareOneReading) {
  subscribe("");
  const std::size_t before = chat.bus.log.size();
  chat.bus.answers_reads = false;
  std::vector<std::unique_ptr<ProtocolClient>> others;
  for (int i = 0; i < 50; ++i) {
    others.push_back(std::make_unique<ProtocolClient>(chat));
    others.back()->connect();
    others.back()->say(
        R"({"id":2,"subscribe":{"channel":"tea","recover":true,"epoch":"first","offset":1}})");
  }
  EXPECT_EQ(chat.bus.log.size(), before + 1);
  chat.bus.say_stored("tea", message(6));
  chat.bus.answer();
  for (const auto& other : others) {
    EXPECT_TRUE(other->wire.has(stored(2) + "," + stored(3) + "," + stored(4) + "," + stored(5) +
                                "," + stored(6) + "]"));
    EXPECT_FALSE(other->wire.has(R"("push")"));
  }
}

TEST_F(RoomHistory, NothingIsMissingOrDoubledBetweenTheAnswerAndTheFirstMessage) {
  chat.bus.answers_reads = false;
  subscribe("");
  const Position six = chat.bus.store("tea", message(6));
  chat.bus.tell("tea", six, message(6));
  chat.bus.answer();
  EXPECT_TRUE(has(R"("offset":6,"positioned")"));
  EXPECT_FALSE(has(R"("pub")"));
  chat.bus.say_stored("tea", message(7));
  EXPECT_TRUE(has(R"("pub":)" + stored(7)));
}

TEST_F(RoomHistory, AfterAnOutageWhatWasMissedComesBeforeWhatIsNew) {
  subscribe("");
  chat.bus.change(false);
  chat.bus.store("tea", message(6));
  chat.bus.answers_reads = false;
  chat.bus.change(true);
  chat.bus.say_stored("tea", message(7));
  EXPECT_FALSE(has(stored(7)));
  chat.bus.answer();
  const std::string sent = client.wire.sent();
  EXPECT_LT(sent.find(stored(6)), sent.find(stored(7)));
  EXPECT_EQ(sent.find(stored(7)), sent.rfind(stored(7)));
}

TEST_F(RoomHistory, AReadingThatFailsIsMadeAgain) {
  chat.bus.answers_reads = false;
  subscribe("");
  chat.bus.answer("the bus is away");
  EXPECT_FALSE(has(R"("subscribe")"));
  chat.bus.answers_reads = true;
  while (!has(R"("offset":5)")) chat.loop.io().run_one();
}

TEST_F(RoomHistory, AHistoryThatBeganAnewSendsItsMembersBack) {
  subscribe("");
  chat.bus.change(false);
  chat.bus.streams["tea"] = {"second", {{1, message(1)}}};
  chat.bus.change(true);
  EXPECT_TRUE(has(R"("push":{"channel":"tea","unsubscribe":{"code":2500,)"));
  EXPECT_EQ(chat.rooms.members(), 0u);
  subscribe(R"(,"recover":true,"epoch":"first","offset":5)");
  EXPECT_TRUE(has(R"("epoch":"second","offset":1,)"));
  EXPECT_FALSE(has(R"("recovered")"));
}

TEST_F(RoomHistory, IsReadInBothDirections) {
  const auto read = [&](const std::string& what) {
    ProtocolClient reader(chat);
    reader.connect();
    reader.say(R"({"id":9,"history":{"channel":"tea")" + what + "}}");
    return reader.wire.sent();
  };
  const std::string top = R"("history":{"epoch":"first","offset":5,"publications":[)";
  EXPECT_NE(read("").find(top + "]}"), std::string::npos);
  EXPECT_NE(read(R"(,"limit":2)").find(top + stored(1) + "," + stored(2) + "]"), std::string::npos);
  EXPECT_NE(read(R"(,"limit":2,"reverse":true)").find(top + stored(5) + "," + stored(4) + "]"),
            std::string::npos);
  EXPECT_NE(read(R"(,"limit":-1,"since":{"offset":4,"epoch":"first"})").find(top + stored(5) + "]"),
            std::string::npos);
  EXPECT_NE(read(R"(,"limit":1,"reverse":true,"since":{"offset":4})").find(top + stored(3) + "]"),
            std::string::npos);
  EXPECT_NE(read(R"(,"limit":1,"since":{"offset":1,"epoch":"x"})").find(R"("code":112)"),
            std::string::npos);
  EXPECT_NE(read(R"(,"limit":1,"reverse":true,"since":{"offset":0})").find(R"("code":107)"),
            std::string::npos);
}

TEST_F(RoomHistory, ANamespaceHasNone) {
  client.say(R"({"id":2,"subscribe":{"channel":"typing:tea"}})");
  chat.bus.confirm("typing:tea");
  EXPECT_TRUE(has(R"({"id":2,"subscribe":{}})"));
  client.say(R"({"id":3,"publish":{"channel":"typing:tea","data":{"typing":true}}})");
  client.say(R"({"id":4,"history":{"channel":"typing:tea"}})");
  EXPECT_EQ(chat.bus.log.back(), "announce typing:tea");
  EXPECT_TRUE(has(R"("code":108)"));
}

TEST_F(RoomHistory, TheIdOfAMessageIsGivenToTheBus) {
  client.say(R"({"id":3,"publish":{"channel":"tea","data":{"id":"mine","text":"x"}}})");
  client.say(R"({"id":4,"publish":{"channel":"tea","data":7}})");
  EXPECT_EQ(chat.bus.published[0].id, "mine");
  EXPECT_GT(chat.bus.published[1].id.size(), 10u);
}

TEST_F(RoomHistory, PlainTextGetsTheLatestIfItAsks) {
  TextClient text(chat, "tea", 2);
  chat.bus.confirm("tea");
  chat.bus.say_stored("tea", message(6));
  EXPECT_EQ(text.wire.sent(), std::string("\x81\0004\n\x81\0005\n\x81\x01"
                                          "6",
                                          11));
}

TEST_F(RoomHistory, RpcTellsTheBusiestRooms) {
  subscribe("");
  TextClient also(chat, "tea");
  TextClient alone(chat, "coffee");
  chat.bus.confirm("coffee");
  client.say(R"({"id":5,"rpc":{"method":"rooms"}})");
  EXPECT_TRUE(has(R"({"rooms":[{"members":2,"name":"tea"},{"members":1,"name":"coffee"}]})"));
  client.say(R"({"id":6,"rpc":{"method":"nonsense"}})");
  EXPECT_TRUE(has(R"("code":104)"));
}

}  // namespace
}  // namespace parley::chat
