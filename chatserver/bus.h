#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace parley::chat {

/// A place in the history of a room: the offset counts 1, 2, 3 ... within an epoch. A bus that
/// keeps no history leaves both empty.
struct Position {
  std::string epoch;
  std::uint64_t offset = 0;
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
/// room, sometimes before the call returns. A bus that is down answers with an error at once.
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

   protected:
    ~Sink() = default;
  };

  using Subscribed = std::function<void(const BusError&)>;
  using Published = std::function<void(const BusError&, const Position&)>;

  virtual ~Bus() = default;

  /// Begins to work; the sink outlives the bus.
  virtual void start(Sink& sink) = 0;
  /// From the answer on, messages of the room reach the sink. While the bus is down there is no
  /// error: the answer comes when it is up.
  virtual void subscribe(const std::string& room, Subscribed done) = 0;
  virtual void unsubscribe(const std::string& room) = 0;
  /// `done` is called when the bus has the message: it is in the room's order.
  virtual void publish(const std::string& room, std::string_view payload, Published done) = 0;
  virtual bool up() const = 0;
};

}  // namespace parley::chat
