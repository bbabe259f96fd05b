#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "broker/command.h"
#include "broker/topics.h"
#include "common/input.h"
#include "common/resp_request.h"
#include "common/resp_writer.h"
#include "common/socket_writer.h"

namespace parley::broker {

class Broker;
struct OutputLimit;

/// What a connection is known by, and what it chose.
struct Session {
  std::uint64_t id = 0;
  std::string peer;   // "127.0.0.1:54321"
  std::string local;  // where it came in
  std::string name;
  std::string lib_name;
  std::string lib_version;
  resp::Protocol protocol = resp::Protocol::kResp2;
  int db = 0;
  Loop::Clock::time_point connected_at;
  Loop::Clock::time_point active_at;  // last request
  const Command* last_command = nullptr;
};

/// One connection of the broker: reads requests, has them run, sends replies and deliveries.
///
/// Owned by the Broker, on its loop. It is never destroyed where it is used: whoever wants it gone
/// calls cut() or finish(), and the Broker reaps it at the end of a tick, when nothing waits on its
/// socket any more.
class Client : private SocketWriter::Owner {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  using Time = Loop::Clock::time_point;

  /// After so much output of its own requests the client lets others have their turn.
  static constexpr std::size_t kOutputPerTurn = 1024 * 1024;
  /// How long a closed connection may keep us waiting for its end.
  static constexpr std::chrono::seconds kLinger{1};

  Client(Broker& broker, Socket socket, std::uint64_t id);

  void start();

  /// A frame for many subscribers. While this client runs a command of its own, it waits until
  /// the reply has been written.
  void deliver(const Frame& frame) {
    if (running_) {
      deferred_.append(frame.bytes());
    } else {
      writer_.append(frame);
    }
  }
  /// Puts bytes behind the replies so far.
  void confirm(std::string_view bytes);

  /// Ends the connection now; what is unsent is dropped. The reason goes to the log.
  void cut(std::string_view reason);
  /// Ends the connection when all replies are sent; nothing more is read.
  void finish();

  Session& session() { return session_; }
  const Session& session() const { return session_; }
  Held& held(TopicKind kind) { return held_[static_cast<std::size_t>(kind)]; }
  const Held& held(TopicKind kind) const { return held_[static_cast<std::size_t>(kind)]; }
  /// Channels and patterns, as SUBSCRIBE counts them.
  std::size_t subscriptions() const {
    return held(TopicKind::kChannel).size() + held(TopicKind::kPattern).size();
  }
  bool subscribed() const { return subscriptions() + held(TopicKind::kShard).size() > 0; }
  /// A RESP2 connection that is subscribed runs few commands.
  bool in_subscriber_mode() const {
    return session_.protocol == resp::Protocol::kResp2 && subscribed();
  }

  const Outbox& outbox() const { return writer_.outbox(); }
  const Input& input() const { return input_; }
  bool leaving() const { return leaving_; }

  /// For the Broker, at the end of a tick. True when the client may be destroyed.
  bool wind_down();
  /// For the Broker, once a second.
  void check_time(Time now);

 private:
  enum class State : std::uint8_t {
    kOpen,
    kFinishing,  // replies are still being sent
    kLingering,  // all is sent and the peer told so; what it still sends is thrown away
    kEnded
  };

  void send_failed(const boost::system::error_code& error) override;
  void send_blocked() override;
  void send_drained() override;

  void wait_readable();
  void continue_later();
  void read();
  void parse();
  void run(const resp::Args& args);
  void refuse_protocol(std::string_view text);
  void linger();
  void leave();
  const OutputLimit& output_limit() const;

  Broker& broker_;
  Socket socket_;
  SocketWriter writer_;
  State state_ = State::kOpen;
  bool running_ = false;
  bool leaving_ = false;
  bool waiting_ = false;  // for the socket to become readable, or for its next turn
  bool peer_closed_ = false;
  Input input_;
  resp::RequestParser parser_;
  std::string deferred_;  // deliveries to itself, for behind the reply
  Time finished_at_;
  Time soft_limit_since_{};
  Session session_;
  Held held_[kTopicKinds];
};

}  // namespace parley::broker
