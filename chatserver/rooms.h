#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "chatserver/bus.h"
#include "common/chunk.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/socket_writer.h"

namespace parley::chat {

/// What a member's frames look like: bare text, or the JSON of the client protocol.
enum class WireForm : std::uint8_t { kText, kJson };
inline constexpr std::size_t kWireForms = 2;

class Rooms;
struct Room;

/// One connection's place in one room. It leaves the room when it is destroyed.
class Member {
 public:
  Member(Rooms& rooms, SocketWriter& writer, WireForm form)
      : rooms_(rooms), writer_(writer), form_(form) {}
  ~Member();
  Member(const Member&) = delete;
  Member& operator=(const Member&) = delete;

 private:
  friend class Rooms;
  enum class State : std::uint8_t { kOutside, kJoining, kLive };

  Rooms& rooms_;
  SocketWriter& writer_;
  WireForm form_;
  State state_ = State::kOutside;
  Room* room_ = nullptr;
  std::uint32_t place_ = 0;  // in the room's list for its state
  std::function<void()> joined_;
};

/// Told when the bus goes away or comes back.
class BusWatcher {
 public:
  virtual void bus_changed(bool up) = 0;

 protected:
  ~BusWatcher() = default;
};

/// The rooms of one chat server and who is in them. A room exists while it has members; it is
/// subscribed to on the bus as long. Each message is encoded once for each wire form and shared by
/// all members.
///
/// One thread. While a message is delivered nobody joins or leaves.
class Rooms final : private Bus::Sink {
 public:
  Rooms(Loop& loop, Bus& bus, Log& log);
  ~Rooms();

  void start() { bus_.start(*this); }

  /// `joined` is called when the room is live, before the member gets its first message; perhaps
  /// before join() returns.
  void join(const std::string& room, Member& member, std::function<void()> joined);
  void leave(Member& member);

  Bus& bus() { return bus_; }
  std::size_t size() const { return rooms_.size(); }
  std::uint64_t deliveries() const { return deliveries_; }
  std::uint64_t messages() const { return messages_; }

  void watch(BusWatcher& watcher) { watchers_.push_back(&watcher); }
  void unwatch(BusWatcher& watcher) { std::erase(watchers_, &watcher); }

 private:
  void bus_message(std::string_view room, const Position& position,
                   std::string_view payload) override;
  void bus_state(bool up) override;

  void open(Room& room);
  void opened(const std::string& name, std::uint64_t opening);
  void enter(Room& room, Member& member, Member::State state);
  void step_out(Member& member);
  std::vector<Member*>& list_of(Room& room, const Member& member);
  void deliver(const std::vector<Member*>& members, FrameWriter& frames,
               std::initializer_list<std::string_view> message);

  Bus& bus_;
  Log& log_;
  boost::unordered_flat_map<std::string_view, std::unique_ptr<Room>> rooms_;
  std::vector<BusWatcher*> watchers_;
  FrameWriter text_frames_;
  FrameWriter json_frames_;
  std::uint64_t openings_ = 0;
  std::uint64_t messages_ = 0;
  std::uint64_t deliveries_ = 0;
};

/// Milliseconds since 1970.
std::int64_t wall_clock_ms();

}  // namespace parley::chat
