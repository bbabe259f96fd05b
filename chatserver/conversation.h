#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "common/loop.h"
#include "common/socket_writer.h"

namespace parley::chat {

/// What a conversation can do with its WebSocket.
class Wire {
 public:
  /// Sends one text message.
  virtual void send(std::string_view text) = 0;
  /// The same for what a client that comes back has missed: it may wait besides the rest.
  virtual void send_missed(std::string_view text) { send(text); }
  /// Sends a ping control frame.
  virtual void ping() = 0;
  /// Ends the conversation with a close frame (RFC 6455, section 7.4); nothing more is received.
  virtual void close(std::uint16_t code, std::string_view reason) = 0;
  /// Where shared frames go.
  virtual SocketWriter& writer() = 0;

 protected:
  ~Wire() = default;
};

/// What is asked of every client alike.
struct ClientRules {
  std::uint32_t messages_per_second = 0;  // 0: no limit
  std::chrono::seconds ping_interval{25};
};

/// One client's talk with the server, in one of the two wire forms. Owned by its connection.
class Conversation {
 public:
  virtual ~Conversation() = default;

  virtual void open() = 0;
  /// Leaves its rooms: nothing further is sent by it.
  virtual void end() = 0;
  /// A whole message; `is_text` is false for a binary one.
  virtual void receive(std::string_view message, bool is_text) = 0;
  virtual void pong() = 0;
  /// The client waits for the answer to a message of its own.
  virtual bool busy() const = 0;
  /// Called about once a second.
  virtual void check_time(Loop::Clock::time_point now) = 0;
};

}  // namespace parley::chat
