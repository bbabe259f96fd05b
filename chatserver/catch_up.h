#pragma once

#include <boost/container/deque.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "chatserver/bus.h"

namespace parley::chat {

// How one room stays without a hole and without a double.
//
// Live messages come over the bus with an epoch and an offset. As long as each offset is the next
// one they pass. Whenever that may not hold (the room was just opened, the bus was away, an offset
// is skipped, the epoch is another one) history is read from the last position on, and what comes
// live meanwhile is held back; what was read comes first, then what was held, doubles dropped.
//
// Held messages are bounded. Past the bound they are all thrown away, and history is read once
// more: they are stored there. So memory does not depend on how long the bus takes.
//
// If the epoch has changed, or messages that are missing are gone from history too, those who
// follow the room cannot be served: the room begins anew at the top, or at the first message of the
// new epoch that came live, and they are told.
//
// It does no I/O: it says what to read and is given the answer. Rejected: to ask a client to
// subscribe again whenever an offset is skipped, as one would with a bus that tells no offsets; ten
// thousand clients of a room would all come at the moment when the bus is busiest.
//
// Owned by its room, on its thread.
class CatchUp {
 public:
  /// What may be held back while history is read.
  static constexpr std::size_t kHeldMax = 1'000;
  static constexpr std::size_t kHeldBytesMax = 1024 * 1024;
  /// Messages read at a time.
  static constexpr std::size_t kPageSize = 500;

  enum class Verdict : std::uint8_t { kDeliver, kDrop, kHeld };

  /// What an answer of history leads to, in this order.
  struct Outcome {
    bool restarted = false;  // who followed the room so far has lost the thread
    std::vector<StoredMessage> messages;
  };

  /// The bus has confirmed the room's subscription, for the first time or again.
  void subscribed();
  /// The bus went away: what comes next may be anything.
  void lost();
  /// A message came live.
  Verdict live(const Position& position, std::string_view payload) {
    if (state_ == State::kLive && is_next(position)) {
      ++position_.offset;
      return Verdict::kDeliver;
    }
    return out_of_turn(position, payload);
  }

  /// What is to be read now. Until it is answered by page() or failed() there is nothing else.
  std::optional<HistoryRequest> take_request();
  Outcome page(HistoryPage page);
  /// It could not be read; retry() asks for it again.
  void failed() {
    reading_ = false;
    stale_ = false;
  }
  void retry();
  /// Compares its position with history: there may be more, or another one, that it was never told
  /// of.
  void recheck() {
    if (live()) fall_behind();
  }

  /// Whether the room has a position at all; it keeps it while the bus is away.
  bool placed() const { return placed_; }
  bool live() const { return state_ == State::kLive; }
  /// What has been delivered.
  const Position& position() const { return position_; }

 private:
  enum class State : std::uint8_t {
    kWaiting,  // for the subscription
    kBehind,   // history has to be read, or is being read
    kLive
  };
  struct Held {
    Position position;
    std::string payload;
    bool read_for = false;  // history was read because of it, once
  };

  Verdict out_of_turn(const Position& position, std::string_view payload);
  bool is_next(const Position& position) const {
    return position.offset == position_.offset + 1 && position.epoch == position_.epoch;
  }
  bool is_old(const Position& position) const;
  std::uint64_t first_unseen(const Position& top) const;
  void fall_behind();
  void hold(Held message);
  void take_held(Outcome& outcome);

  State state_ = State::kWaiting;
  bool placed_ = false;
  bool wanted_ = false;   // a read
  bool reading_ = false;  // one is under way
  bool stale_ = false;    // and what it will bring was asked for too early
  Position position_;
  boost::container::deque<Held> held_;
  std::size_t held_bytes_ = 0;
  Position first_held_;  // of those that came since it was last live; some may not be held any more
};

}  // namespace parley::chat
