#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "broker/backlog_age.h"
#include "broker/command.h"
#include "broker/topics.h"
#include "broker/transaction.h"
#include "common/input.h"
#include "common/resp_request.h"
#include "common/resp_writer.h"
#include "common/socket_writer.h"

namespace parley::broker {

class Broker;
struct OutputLimit;

/// What CLIENT REPLY chose: which replies are not sent. Pushes and confirmations always are.
struct Silence {
  bool off = false;
  bool this_one = false;
  bool next_one = false;

  bool now() const { return off || this_one; }
  void command_ends() {
    this_one = next_one;
    next_one = false;
  }
};

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
  bool authenticated = true;
  bool no_evict = false;
  bool no_touch = false;
  bool monitors = false;
  Silence silence;
  std::unique_ptr<Transaction> transaction;  // between MULTI and EXEC
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
  /// Most bytes of an unfinished request before the client has logged in.
  static constexpr std::uint64_t kUnauthenticatedInputMax = 1024 * 1024;
  /// How long a closed connection may keep us waiting for its end.
  static constexpr std::chrono::seconds kLinger{1};
  /// How long one that ends by itself may take none of its last replies.
  static constexpr std::chrono::seconds kLastReplies{10};
  /// How long one that reads too slowly may take for the rest of a frame.
  static constexpr std::chrono::seconds kLastFrame{2};

  Client(Broker& broker, Socket socket, std::uint64_t id);

  void start();

  /// A frame for many subscribers. While this client runs a command of its own, it waits until
  /// the reply has been written.
  void deliver(const Frame& frame) {
    if (intake_ == Intake::kOpen) {
      writer_.append(frame);
    } else if (intake_ == Intake::kDeferred) {
      deferred_.append(frame.bytes());
    }
  }
  /// Bytes for this client alone that are no reply; they go where deliver() puts a frame.
  void tell(std::string_view bytes) {
    if (intake_ == Intake::kOpen) {
      writer_.write(bytes);
    } else if (intake_ == Intake::kDeferred) {
      deferred_.append(bytes);
    }
  }
  /// Puts bytes behind the replies so far.
  void confirm(std::string_view bytes);

  /// The command that runs waits for something (BlockedReaders): nothing further is run, whatever
  /// the peer sends, until unblock() gives that command its reply. Deliveries still go out.
  void block() { blocked_ = true; }
  void unblock(std::string_view reply);
  bool blocked() const { return blocked_; }
  /// The next command waits and is looked at again after resume() (CLIENT PAUSE).
  void hold() { held_back_ = true; }
  void resume();
  /// The same, now.
  void try_again();
  /// True while some of its output waits for a commit.
  bool waits_for_commit() const { return writer_.holds(); }

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
  /// How long the oldest unsent byte has been waiting for the peer to read.
  std::chrono::milliseconds backlog_age(Time now) const {
    return backlog_age_.oldest(now, outbox().bytes_out());
  }
  const Input& input() const { return input_; }
  int descriptor() { return socket_.native_handle(); }
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

  // What becomes of a delivery.
  enum class Intake : std::uint8_t {
    kOpen,
    kDeferred,  // a command of this client runs: behind its reply
    kClosed     // dropped
  };

  void send_failed(const boost::system::error_code& error) override;
  void send_blocked() override;
  void send_drained() override;

  void wait_readable();
  void continue_later();
  void take_turn();
  void read();
  void parse();
  void check_query_buffer();
  void run(const resp::Args& args);
  void refuse_protocol(std::string_view text);
  void linger();
  void leave();
  /// The peer does not take what it subscribed to: ends the connection where a frame ends, if the
  /// peer takes as much within kLastFrame.
  void cut_slow(const std::string& reason);
  std::string subscription_names() const;
  const OutputLimit& output_limit() const;

  Broker& broker_;
  Socket socket_;
  SocketWriter writer_;
  State state_ = State::kOpen;
  Intake intake_ = Intake::kOpen;
  bool leaving_ = false;
  bool waiting_ = false;      // for the socket to become readable
  bool turn_posted_ = false;  // to go on with what was read
  bool blocked_ = false;
  bool held_back_ = false;
  bool peer_closed_ = false;
  Input input_;
  resp::RequestParser parser_;
  std::string deferred_;        // deliveries to itself, for behind the reply
  Time ends_by_ = Time::max();  // while it leaves
  // What had gone when ends_by_ was set; as long as more goes, it is put off.
  std::optional<std::uint64_t> last_replies_from_;
  Time soft_limit_since_{};
  BacklogAge backlog_age_;
  Session session_;
  Held held_[kTopicKinds];
};

}  // namespace parley::broker
