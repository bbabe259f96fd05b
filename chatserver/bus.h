#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parley::chat {

/// A place in the history of a room: the offset counts 1, 2, 3 ... within an epoch, 0 is before the
/// first message. Both are empty for what has no place in history.
struct Position {
  std::string epoch;
  std::uint64_t offset = 0;
  bool operator==(const Position&) const = default;
};

/// A message that the bus has stored, under its offset.
struct StoredMessage {
  std::uint64_t offset = 0;
  std::string payload;
};

/// Which stored messages of a room to read, and in which order. Without `since` from the end that
/// comes first in that order.
struct HistoryRequest {
  std::optional<std::uint64_t> since{};  // an offset: later ones, or earlier ones if newest_first
  std::size_t limit = 0;                 // 0: only the position
  bool newest_first = false;
  bool creates = false;  // a room that nobody knew gets an epoch
};

/// A moment of a room's history: its last position, and the messages asked for.
struct HistoryPage {
  Position top;
  std::vector<StoredMessage> messages;
};

/// What a bus counts, for /metrics.
struct BusNumbers {
  std::uint64_t waiting_messages = 0;  // for the bus, or for its answer
  std::uint64_t waiting_bytes = 0;
  // Of a mesh: the others that are here, and since the start.
  std::uint64_t peers = 0;
  std::uint64_t published = 0;
  std::uint64_t received = 0;
  std::uint64_t fetched = 0;
  std::uint64_t missed = 0;
  std::uint64_t junk = 0;
};

/// What went wrong with a request to the bus; empty text: nothing did.
struct BusError {
  std::string text;
  explicit operator bool() const { return !text.empty(); }
};

/// Where chat servers meet: what is published in a room reaches every server that subscribes to
/// it, in one order, the publisher's own included.
///
/// One thread, that of its loop. Requests are answered in the order in which they were made for a
/// room, sometimes before the call returns. Every bus keeps the messages of a room, for a time, and
/// numbers them without a hole within an epoch.
class Bus {
 public:
  /// Told of what happens by itself.
  class Sink {
   public:
    /// Something was published in a room that is subscribed to. Without an epoch it has no place
    /// in history.
    virtual void bus_message(std::string_view room, const Position& position,
                             std::string_view payload) = 0;
    /// The bus came up (again) or went away. All rooms are subscribed to again before `up`.
    virtual void bus_state(bool up) = 0;
    /// The history of a room that is subscribed to has begun anew, with another epoch.
    virtual void bus_restarted(std::string_view room) = 0;
    /// There are servers that may not have heard what was announced before.
    virtual void bus_met() = 0;

   protected:
    ~Sink() = default;
  };

  using Subscribed = std::function<void(const BusError&)>;
  using Published = std::function<void(const BusError&, const Position&)>;
  using HistoryRead = std::function<void(const BusError&, HistoryPage)>;

  virtual ~Bus() = default;

  /// Begins to work. The sink may go before the bus: no loop runs then.
  virtual void start(Sink& sink) = 0;
  /// From the answer on, messages of the room reach the sink. While the bus is down there is no
  /// error: the answer comes when it is up.
  virtual void subscribe(const std::string& room, Subscribed done) = 0;
  virtual void unsubscribe(const std::string& room) = 0;
  /// `done` is called when the bus has stored the message: it is in the room's order and in its
  /// history. Of messages of a room with the same id the first counts; for later ones nothing is
  /// stored, and `done` gets the position of the first. While the bus is away the message waits,
  /// and so does one that was sent when it went away; past a limit there is an error at once.
  virtual void publish(const std::string& room, std::string_view message_id,
                       std::string_view payload, Published done) = 0;
  /// Tells those who are there now; nothing is stored. An error if the bus is away.
  virtual void announce(const std::string& room, std::string_view payload, Published done) = 0;
  /// An error if the bus is away.
  virtual void read_history(const std::string& room, const HistoryRequest& request,
                            HistoryRead done) = 0;
  virtual bool up() const = 0;
  /// A message, or a whole history, may be lost to those who subscribe without a word.
  virtual bool may_lose() const { return false; }
  virtual BusNumbers numbers() const { return {}; }
};

}  // namespace parley::chat
