#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "chatserver/bus.h"
#include "common/resp_reply.h"

namespace parley::chat {

// How rooms are kept on a server of the Redis protocol, and the requests for it: parley-broker has
// XPUBLISH; on Redis and Valkey two scripts do the same. Encoding and decoding only, no I/O.
//
// Room `lobby` is channel `chat.lobby` and stream `history.lobby`, whose entry `n-0` with the field
// `m` is the message of offset n; its presence channel is `presence.lobby`, so that `chat.*` shows
// what people say and nothing else. On Redis `history.lobby.meta` holds the epoch and the last
// offset, `history.lobby.ids` and `history.lobby.order` the message ids of late.

std::string channel_of(std::string_view room);
/// Nothing for another channel.
std::optional<std::string> room_of(std::string_view channel);

/// Takes the stamp `<epoch>:<offset> ` off what was published; without one the position is empty.
Position take_stamp(std::string_view& text);

class RedisDialect {
 public:
  /// Message ids that a script remembers for each room, and for how long after the last.
  static constexpr int kIdsMax = 10'000;
  static constexpr int kIdsSeconds = 600;

  explicit RedisDialect(std::size_t history_size) : history_size_(std::to_string(history_size)) {}

  /// The questions to ask on each new connection, and how many answers they get.
  static std::string questions();
  static constexpr int kQuestions = 3;
  /// Takes the answer to a question, from 0 on.
  void learn(int question, const resp::Reply& answer);
  bool has_xpublish() const { return has_xpublish_; }

  /// Appends a request; publishing is answered by one reply, reading by read_replies() of which the
  /// last one counts.
  void append_publish(std::string& out, std::string_view room, std::string_view message_id,
                      std::string_view payload) const;
  void append_read(std::string& out, std::string_view room, const HistoryRequest& request) const;
  int read_replies() const { return has_xpublish_ ? 4 : 1; }
  /// Makes the stream of a room that has none, with an epoch and no entry; two replies, of no
  /// interest.
  static void append_create(std::string& out, std::string_view room);
  static constexpr int kCreateReplies = 2;

  struct Answer {
    std::string error;
    bool no_stream = false;  // append_create(), then ask again
    bool no_script = false;  // the server has forgotten the scripts: ask the questions again
  };
  Answer read_published(const resp::Reply& reply, Position& position) const;
  Answer read_page(const resp::Reply& reply, HistoryPage& page) const;

 private:
  std::string history_size_;
  bool has_xpublish_ = false;
  std::string publish_sha_;
  std::string read_sha_;
};

}  // namespace parley::chat
