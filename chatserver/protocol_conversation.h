#pragma once

#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "chatserver/client_protocol.h"
#include "chatserver/conversation.h"
#include "chatserver/message_rate.h"
#include "chatserver/publication.h"
#include "chatserver/room_tail.h"
#include "chatserver/rooms.h"

namespace parley::chat {

/// The client protocol on one connection: takes commands apart, joins rooms, publishes, answers.
/// A frame holds one or more JSON objects, each on a line of its own.
class ProtocolConversation final : public Conversation, private BusWatcher, private Member::Owner {
 public:
  using Time = Loop::Clock::time_point;

  static constexpr std::chrono::seconds kPongTimeout{8};
  /// How long a client may take to say connect.
  static constexpr std::chrono::seconds kConnectTimeout{10};
  static constexpr std::size_t kRoomsMax = 128;
  /// Most publications of one answer; whoever has missed more does not recover.
  static constexpr std::size_t kPublicationsMax = RoomTail::kMessagesMax;
  /// A subscribe that cannot be answered for so long is refused for now: SDKs drop the whole
  /// connection after 5 s without an answer.
  static constexpr std::chrono::seconds kAnswerTimeout{3};
  /// Unsent answers at which the commands of a frame pause, so that they can be sent.
  static constexpr std::size_t kUnsentAnswersMax = 256 * 1024;

  ProtocolConversation(Wire& wire, Rooms& rooms, const ClientRules& rules = {});
  ~ProtocolConversation() override;

  void open() override;
  void end() override;
  void receive(std::string_view message, bool is_text) override;
  void pong() override {}
  bool busy() const override { return unanswered_ > 0; }
  void check_time(Time now) override;

 private:
  struct Subscription {
    std::unique_ptr<Member> member;
    std::uint32_t unanswered = 0;  // the id of the subscribe command, while the room opens
    Time asked_at{};
    bool recovers = false;
    std::uint64_t since = 0;  // the offset that it recovers from
  };
  struct Method {
    std::string_view name;
    void (ProtocolConversation::*run)(std::uint32_t id, const nlohmann::json& request);
  };
  static const Method kMethods[];

  void receive_line(std::string_view line);
  void run(const nlohmann::json& command);
  void connect(std::uint32_t id, const nlohmann::json& request);
  void subscribe(std::uint32_t id, const nlohmann::json& request);
  void unsubscribe(std::uint32_t id, const nlohmann::json& request);
  void publish(std::uint32_t id, const nlohmann::json& request);
  void history(std::uint32_t id, const nlohmann::json& request);
  void presence(std::uint32_t id, const nlohmann::json& request);
  void answer_presence(std::uint32_t id, const std::string& channel);
  void presence_stats(std::uint32_t id, const nlohmann::json& request);
  void rpc(std::uint32_t id, const nlohmann::json& request);
  void send(std::uint32_t id, const nlohmann::json& request);
  void answer_not_available(std::uint32_t id, const nlohmann::json& request);

  /// True for a question too many; it has been answered with the error.
  bool asks_too_fast(std::uint32_t id);
  /// The channel of a request; without one the connection ends and the answer is empty.
  std::string channel_of(const nlohmann::json& request);
  /// The same for the name of a room that keeps history; otherwise the request gets its error.
  std::string room_with_history(std::uint32_t id, const nlohmann::json& request);
  void joined(Member& member, const Joined& joined) override;
  void lost(Member& member) override;
  const Person& person() const override { return author_; }
  void bus_changed(bool up) override;
  void refuse_late(Time now);
  void disconnect(const Disconnect& disconnect);

  Wire& wire_;
  Rooms& rooms_;
  Person author_;
  MessageRate rate_;
  std::chrono::seconds ping_interval_;
  std::size_t unanswered_ = 0;  // messages that the bus has not stored yet
  bool may_wait_ = false;       // some subscription may be without an answer
  bool connected_ = false;
  bool ended_ = false;
  bool ping_unanswered_ = false;
  Time opened_at_;
  Time next_ping_at_;
  std::map<std::string, Subscription> subscriptions_;
  // Answers of the bus that come after the end of the conversation find it expired.
  std::shared_ptr<char> alive_ = std::make_shared<char>();
};

}  // namespace parley::chat
