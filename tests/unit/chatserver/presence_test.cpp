#include "chatserver/presence.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

namespace parley::chat {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Some servers on a bus, and one clock for all.
struct MeetingPoint;

struct Server final : Presence::Owner {
  Server(MeetingPoint& meeting_point, const std::string& name)
      : bus(meeting_point), presence(name, *this) {}

  void announce_presence(const std::string& room, const std::string& message) override;
  void somebody_came(const std::string&, const Person& person) override {
    news.push_back("+" + person.name);
  }
  void somebody_left(const std::string&, const Person& person) override {
    news.push_back("-" + person.name);
  }
  std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const Person& person : presence.people("tea").value_or(std::vector<Person>())) {
      found.push_back(person.name);
    }
    std::ranges::sort(found);
    return found;
  }

  MeetingPoint& bus;
  Presence presence;
  std::vector<std::string> news;
  bool alive = true;
};

struct MeetingPoint {
  Server& start(const std::string& name) {
    servers.push_back(std::make_unique<Server>(*this, name));
    servers.back()->presence.open("tea", now);
    return *servers.back();
  }
  void pass(milliseconds time) {
    for (const auto end = now + time; now < end;) {
      now += milliseconds(200);
      for (const auto& server : servers) {
        if (server->alive) server->presence.check_time(now);
      }
      deliver();
    }
  }
  void deliver() {
    while (!messages.empty()) {
      const std::string message = messages.front();
      messages.erase(messages.begin());
      for (const auto& server : servers) {
        if (server->alive) server->presence.receive("tea", message, now);
      }
    }
  }

  Presence::Time now{};
  std::vector<std::unique_ptr<Server>> servers;
  std::vector<std::string> messages;
  std::size_t bytes = 0;
};

void Server::announce_presence(const std::string&, const std::string& message) {
  if (!alive) return;
  bus.messages.push_back(message);
  bus.bytes += message.size();
}

using Names = std::vector<std::string>;

class PresenceOfServers : public testing::Test {
 protected:
  PresenceOfServers() { bus.pass(seconds(1)); }

  void enter(Server& server, const std::string& client, const std::string& name) {
    server.presence.enter("tea", {client, name}, bus.now);
  }
  void leave(Server& server, const std::string& client) {
    server.presence.leave("tea", {client, {}}, bus.now);
  }

  MeetingPoint bus;
  Server& here = bus.start("here");
  Server& there = bus.start("there");
};

TEST_F(PresenceOfServers, PeopleOfAllServersAreSeenOnAll) {
  enter(here, "1", "Ada");
  enter(there, "2", "Bob");
  bus.pass(milliseconds(400));
  EXPECT_EQ(here.names(), (Names{"Ada", "Bob"}));
  EXPECT_EQ(there.names(), (Names{"Ada", "Bob"}));
  EXPECT_EQ(there.presence.count("tea"), 2u);
  EXPECT_EQ(here.news, (Names{"+Ada", "+Bob"}));
}

TEST_F(PresenceOfServers, AServerThatComesLaterLearnsWhoIsThere) {
  enter(here, "1", "Ada");
  bus.pass(seconds(3));
  Server& late = bus.start("late");
  bus.pass(milliseconds(400));
  EXPECT_EQ(late.names(), (Names{"Ada"}));
}

TEST_F(PresenceOfServers, WhoWasThereBeforeIsNoNewsToAServerThatComesLater) {
  enter(here, "1", "Ada");
  bus.pass(seconds(3));
  Server& late = bus.start("late");
  EXPECT_TRUE(late.presence.young("tea", bus.now));
  enter(late, "2", "Bob");
  bus.pass(seconds(3));
  EXPECT_FALSE(late.presence.young("tea", bus.now));
  EXPECT_EQ(late.news, (Names{"+Bob"}));
  EXPECT_EQ(here.news, (Names{"+Ada", "+Bob"}));
}

TEST_F(PresenceOfServers, WhoLeavesIsGoneAfterTheGrace) {
  enter(here, "1", "Ada");
  bus.pass(milliseconds(400));
  leave(here, "1");
  bus.pass(seconds(1));
  EXPECT_EQ(there.names(), (Names{"Ada"}));
  bus.pass(seconds(2));
  EXPECT_EQ(there.names(), Names());
  EXPECT_EQ(there.news, (Names{"+Ada", "-Ada"}));
}

TEST_F(PresenceOfServers, AReconnectGoesAndComesAtOneMoment) {
  enter(here, "1", "Ada");
  bus.pass(milliseconds(400));
  leave(here, "1");
  bus.pass(seconds(1));
  enter(here, "2", "Ada");
  bus.pass(milliseconds(400));
  EXPECT_EQ(here.news, (Names{"+Ada", "-Ada", "+Ada"}));
  EXPECT_EQ(there.news, (Names{"+Ada", "-Ada", "+Ada"}));
  EXPECT_EQ(there.names(), (Names{"Ada"}));
}

TEST_F(PresenceOfServers, TheSameClientThatComesBackIsNoNews) {
  enter(here, "1", "Ada");
  leave(here, "1");
  enter(here, "1", "Ada");
  bus.pass(seconds(5));
  EXPECT_EQ(here.news, (Names{"+Ada"}));
}

TEST_F(PresenceOfServers, ThePeopleOfADeadServerFadeOut) {
  enter(here, "1", "Ada");
  enter(there, "2", "Bob");
  bus.pass(seconds(1));
  here.alive = false;
  bus.pass(Presence::kExpiry - seconds(2));
  EXPECT_EQ(there.names(), (Names{"Ada", "Bob"}));
  bus.pass(seconds(12));
  EXPECT_EQ(there.names(), (Names{"Bob"}));
  EXPECT_EQ(there.news.back(), "-Ada");
}

TEST_F(PresenceOfServers, PeopleOfALivingServerStay) {
  enter(here, "1", "Ada");
  bus.pass(seconds(300));
  EXPECT_EQ(there.news, (Names{"+Ada"}));
}

TEST_F(PresenceOfServers, WhatWasLostOnTheWayIsAskedFor) {
  enter(here, "1", "Ada");
  bus.pass(seconds(1));
  enter(here, "2", "Bob");
  here.presence.check_time(bus.now + milliseconds(200));
  bus.messages.clear();
  enter(here, "3", "Cyd");
  bus.pass(seconds(1));
  EXPECT_EQ(there.names(), (Names{"Ada", "Bob", "Cyd"}));
}

TEST_F(PresenceOfServers, DuringAnOutageNobodyFadesAndAfterwardsAllIsTold) {
  enter(here, "1", "Ada");
  bus.pass(seconds(1));
  for (Server* server : {&here, &there}) server->presence.bus_changed(false, bus.now);
  bus.pass(seconds(60));
  EXPECT_EQ(there.names(), (Names{"Ada"}));
  enter(here, "2", "Bob");
  leave(here, "1");
  bus.pass(seconds(5));
  for (Server* server : {&here, &there}) server->presence.bus_changed(true, bus.now);
  bus.pass(seconds(1));
  EXPECT_EQ(there.names(), (Names{"Bob"}));
}

TEST_F(PresenceOfServers, ARoomThatIsClosedIsEmptyForTheOthersAtOnce) {
  enter(here, "1", "Ada");
  bus.pass(milliseconds(400));
  here.presence.close("tea");
  bus.deliver();
  EXPECT_EQ(there.presence.count("tea"), 0u);
}

TEST_F(PresenceOfServers, ACrowdIsCountedAndNotNamed) {
  for (std::size_t i = 0; i <= Presence::kNamesMax; ++i) {
    enter(here, std::to_string(i), "p" + std::to_string(i));
  }
  bus.pass(seconds(1));
  EXPECT_EQ(there.presence.count("tea"), Presence::kNamesMax + 1);
  EXPECT_FALSE(there.presence.people("tea"));
  leave(here, "0");
  leave(here, "1");
  bus.pass(seconds(4));
  EXPECT_EQ(there.names().size(), Presence::kNamesMax - 1) << "named again when it is no crowd";
}

TEST_F(PresenceOfServers, AQuietRoomCostsFewBytesHoweverManyAreInIt) {
  for (int i = 0; i < 400; ++i) enter(here, std::to_string(i), "p" + std::to_string(i));
  enter(there, "x", "Bob");
  bus.pass(seconds(1));
  bus.bytes = 0;
  bus.pass(seconds(100));
  EXPECT_LE(bus.bytes, 2u * 11u * 60u);
  EXPECT_GT(bus.bytes, 0u);
}

TEST(PresenceMessages, AreReadAsTheyWereWritten) {
  PresenceMessage message{.server = "s", .version = 7, .count = 2};
  message.in = {{"c1", "Ada \"A\""}};
  message.out = {"c0"};
  const auto read = decode_presence(encode_presence(message));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->in, message.in);
  EXPECT_EQ(read->out, message.out);
  EXPECT_EQ(read->version, 7u);
  EXPECT_FALSE(read->all);
}

TEST(PresenceMessages, JunkIsNothing) {
  for (const char* text :
       {"", "hello", "[]", "{}", R"({"server":7})", R"({"server":""})", R"({"server":"s"})",
        R"({"server":"s","version":-1,"count":0})", R"({"server":"s","version":1})",
        R"({"server":"s","version":1,"count":1,"in":7})",
        R"({"server":"s","version":1,"count":1,"in":[["a"]]})",
        R"({"server":"s","version":1,"count":1,"in":[["","Ada"]]})",
        R"({"server":"s","version":1,"count":1,"all":[["a","  "]]})",
        R"({"server":"s","version":1,"count":1,"out":[1]})", R"({"server":"s","ask":1})"}) {
    EXPECT_FALSE(decode_presence(text)) << text;
  }
}

TEST(PresenceMessages, MoreThanTheLimitIsNothing) {
  PresenceMessage message{.server = "s", .version = 1};
  message.out.assign(PresenceMessage::kPeopleMax + 1, "c");
  EXPECT_FALSE(decode_presence(encode_presence(message)));
  EXPECT_FALSE(
      decode_presence(R"({"version":1,"count":1,"server":")" + std::string(65, 's') + "\"}"));
}

}  // namespace
}  // namespace parley::chat
