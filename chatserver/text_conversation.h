#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "chatserver/conversation.h"
#include "chatserver/message_rate.h"
#include "chatserver/publication.h"
#include "chatserver/rooms.h"

namespace parley::chat {

// How the plain form ends (RFC 6455, section 7.4).
inline constexpr std::uint16_t kGoingAway = 1001;
inline constexpr std::uint16_t kUnsupportedData = 1003;
inline constexpr std::uint16_t kPolicyViolation = 1008;
inline constexpr std::uint16_t kTryAgainLater = 1013;

/// The plain form: every text frame is a message to one room, every message of the room is a text
/// frame.
class TextConversation final : public Conversation, private Member::Owner {
 public:
  static constexpr std::chrono::seconds kPongTimeout{10};
  /// Messages sent before the room is live wait, up to this many bytes.
  static constexpr std::size_t kEarlyBytesMax = 256 * 1024;

  /// `newest`: so many of the latest messages are sent first.
  TextConversation(Wire& wire, Rooms& rooms, std::string room, std::string name,
                   std::size_t newest = 0, const ClientRules& rules = {});

  void open() override;
  void end() override { rooms_.leave(member_); }
  void receive(std::string_view message, bool is_text) override;
  void pong() override { ping_unanswered_ = false; }
  bool busy() const override { return unanswered_ > 0; }
  void check_time(Loop::Clock::time_point now) override;

 private:
  void publish(std::string_view text);
  void joined(Member& member, const Joined& joined) override;
  void lost(Member&) override {}
  const Person& person() const override { return author_; }

  Wire& wire_;
  Rooms& rooms_;
  std::string room_;
  std::size_t newest_;
  MessageRate rate_;
  std::chrono::seconds ping_interval_;
  Person author_;
  bool joined_ = false;
  std::size_t unanswered_ = 0;  // messages that the bus has not stored yet
  std::vector<std::string> early_;
  std::size_t early_bytes_ = 0;
  Loop::Clock::time_point pinged_at_;
  bool ping_unanswered_ = false;
  // Answers of the bus that come after the end of the conversation find it expired.
  std::shared_ptr<char> alive_ = std::make_shared<char>();
  Member member_;
};

}  // namespace parley::chat
