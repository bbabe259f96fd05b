#pragma once

#include <spdlog/sinks/null_sink.h>

#include <memory>
#include <string>

#include "chatserver/protocol_conversation.h"
#include "chatserver/text_conversation.h"
#include "tests/unit/chatserver/fakes.h"

namespace parley::chat {

// One chat server on a bus that the test plays.
struct Chat {
  Loop loop;
  FakeBus bus;
  Log log{"test", std::make_shared<spdlog::sinks::null_sink_st>()};
  Rooms rooms{loop, bus, log};

  Chat() { rooms.start(); }
};

struct TextClient {
  FakeWire wire;
  TextConversation conversation;

  TextClient(Chat& chat, const std::string& room, std::size_t newest = 0)
      : wire(chat.loop), conversation(wire, chat.rooms, room, "ada", newest) {
    conversation.open();
  }
  void say(const std::string& text) { conversation.receive(text, true); }
};

struct ProtocolClient {
  FakeWire wire;
  ProtocolConversation conversation;

  explicit ProtocolClient(Chat& chat)
      : wire(chat.loop, &chat.rooms), conversation(wire, chat.rooms) {
    conversation.open();
  }
  void say(const std::string& frame) { conversation.receive(frame, true); }
  void connect() { say(R"({"id":1,"connect":{"data":{"name":"Ada"}}})"); }
};

}  // namespace parley::chat
