#pragma once

#include <boost/asio/steady_timer.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "chatserver/bus.h"
#include "chatserver/busy_rooms.h"
#include "chatserver/history_reader.h"
#include "chatserver/lag.h"
#include "chatserver/presence.h"
#include "chatserver/publication.h"
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

/// Where somebody who joins wants to go on: from a position, with the newest messages as plain
/// text, or, with neither, from now.
struct Joining {
  std::optional<Position> since = {};
  bool or_not_at_all = false;    // only if nothing behind `since` is missing
  bool hears_of_people = false;  // told who comes and goes
  std::size_t newest = 0;
};

/// What a member finds on joining. The publications are JSON objects in their order, or plain texts
/// for Joining::newest; good during the call that tells of them.
struct Joined {
  bool keeps_history = true;
  Position position;       // where live messages go on
  bool recovered = false;  // nothing is missing between Joining::since and position
  bool refused = false;    // Joining::or_not_at_all: it has not joined
  std::vector<std::string_view> publications;
};

/// One connection's place in one room. It leaves the room when it is destroyed.
class Member {
 public:
  /// Told what becomes of the membership. joined() comes once, before the first message. After
  /// lost() it is no member any more: messages are missing that nobody can bring back. A member
  /// that was lost or refused may be destroyed in the call, no other.
  class Owner {
   public:
    virtual void joined(Member& member, const Joined& joined) = 0;
    virtual void lost(Member& member) = 0;
    virtual const Person& person() const = 0;

   protected:
    ~Owner() = default;
  };

  Member(Rooms& rooms, SocketWriter& writer, WireForm form, Owner& owner)
      : rooms_(rooms), writer_(writer), owner_(owner), form_(form) {}
  ~Member();
  Member(const Member&) = delete;
  Member& operator=(const Member&) = delete;

  /// Empty for one that is outside.
  std::string_view room() const;

 private:
  friend class Rooms;
  enum class State : std::uint8_t { kOutside, kJoining, kLive };

  Rooms& rooms_;
  SocketWriter& writer_;
  Owner& owner_;
  WireForm form_;
  State state_ = State::kOutside;
  bool hears_of_people_ = false;
  std::uint32_t place_ = 0;  // in the room's list for its state
  Room* room_ = nullptr;
  std::unique_ptr<Joining> joining_;
};

/// Told when the bus goes away or comes back.
class BusWatcher {
 public:
  virtual void bus_changed(bool up) = 0;

 protected:
  ~BusWatcher() = default;
};

/// The rooms of one chat server and who is in them. A room exists while it has members, and while
/// the last may be about to come back (Presence::kGrace); it is subscribed to on the bus as long.
/// Each message is encoded once for each wire form and shared by all members. CatchUp sees to it
/// that none is missing and none comes twice.
///
/// What the members of the JSON form get of one tick goes as lines of one frame: in a burst a
/// browser takes ten times as long for as many frames (bench/browser_frames.mjs).
///
/// One thread. While a message is delivered nobody joins or leaves.
class Rooms final : private Flushable, private Bus::Sink, private Presence::Owner {
 public:
  /// With so many bytes of lines a frame is sent before the tick ends.
  static constexpr std::size_t kLinesBytesMax = 32 * 1024;
  /// Reads of history under way at a time, so that a bus that comes back is not trampled by a
  /// server with thousands of rooms.
  static constexpr std::size_t kReadsMax = 64;
  /// Newest messages kept in memory for all rooms together. Past it rooms forget theirs.
  static constexpr std::size_t kTailBytesMax = 64 * 1024 * 1024;
  /// So often changes of who is there are told, and time-outs looked at.
  static constexpr std::chrono::milliseconds kPresenceTick{200};
  /// A room of which nothing was heard for so long is compared with its history.
  static constexpr std::chrono::seconds kSilence{40};
  /// Publications of one answer to somebody who comes back, in bytes; who has missed more does not
  /// recover.
  static constexpr std::size_t kRecoveryBytesMax = 2 * 1024 * 1024;
  /// After so long a failed read is tried again.
  static constexpr std::chrono::milliseconds kRetry{500};

  Rooms(Loop& loop, Bus& bus, Log& log);
  ~Rooms();

  void start();
  /// The server is about to stop: rooms are left as soon as they have no members, and those on
  /// other servers are told at once.
  void stop();
  /// To be called once a second.
  void check_silent_rooms();
  /// Sends what the tick has collected.
  void flush() override;

  /// Member::Owner::joined() may be called before this returns.
  void join(const std::string& room, Member& member, Joining joining = {});
  void leave(Member& member);

  /// Publications of a room as JSON objects, in the order asked for, and its position. From memory
  /// where it can be.
  struct History {
    Position top;
    std::vector<std::string> publications;
  };
  using HistoryRead = std::function<void(const BusError&, const History&)>;
  void read_history(const std::string& room, const HistoryRequest& request, HistoryRead done);

  /// Calls `done` as soon as it is known who is in a room that was just opened; mostly at once.
  void when_people_are_known(const std::string& room, std::function<void()> done);
  /// Everybody in a room that this server has members in, over all servers; nothing for a crowd.
  std::optional<std::vector<Person>> people(const std::string& room) const {
    return presence_.people(room);
  }
  std::size_t count(const std::string& room) const { return presence_.count(room); }

  /// What a client says in a room. The bus stores it, unless the room is of a namespace.
  void publish(const std::string& room, std::string_view message_id, std::string_view payload,
               Bus::Published done);
  /// A client's message was not even given to the bus.
  void count_too_fast() { ++counters_.refused_too_fast; }
  void count_bad_request() { ++counters_.refused_bad_request; }

  Bus& bus() { return bus_; }
  std::size_t size() const { return rooms_.size(); }
  std::size_t members() const { return members_; }
  std::size_t people() const { return presence_.entries(); }

  /// Since the start.
  struct Counters {
    std::uint64_t messages = 0;
    std::uint64_t deliveries = 0;
    std::uint64_t catch_ups = 0;
    std::uint64_t caught_up = 0;  // messages
    std::uint64_t bus_outages = 0;
    // Messages of clients.
    std::uint64_t accepted = 0;
    std::uint64_t refused_too_fast = 0;
    std::uint64_t refused_bad_request = 0;
    std::uint64_t refused_by_bus = 0;
    LagCounts lag;
  };
  const Counters& counters() const { return counters_; }
  /// Rooms with most members, without those of a namespace, on this worker and on those that it
  /// shares with. As of the last kPresenceTick: there may be many rooms, and anybody may ask.
  const std::vector<RoomSize>& busiest();
  /// Lets the other workers know of this one's; from now on busiest() tells of theirs.
  void share_busiest(BusyRooms& shared, std::size_t worker);

  void watch(BusWatcher& watcher) { watchers_.insert(&watcher); }
  void unwatch(BusWatcher& watcher) { watchers_.erase(&watcher); }

 private:
  struct Read {
    std::string room;
    std::uint64_t opening;
    HistoryRequest request;
    bool fills_tail;
  };

  void bus_message(std::string_view room, const Position& position,
                   std::string_view payload) override;
  void bus_state(bool up) override;
  void bus_restarted(std::string_view room) override;
  void bus_met() override;

  void announce_presence(const std::string& room, const std::string& message) override;
  void somebody_came(const std::string& room, const Person& person) override;
  void somebody_left(const std::string& room, const Person& person) override;
  void tell_of(const std::string& room, std::string_view what, const Person& person);
  void tick_presence();

  std::vector<RoomSize> own_busiest() const;

  Room* find(std::string_view name) const;
  Room* find(const std::string& name, std::uint64_t opening) const;
  void open(Room& room);
  void opened(const std::string& name, std::uint64_t opening);
  void close_if_empty(Room& room);
  void close_lingering();
  void enter(Room& room, Member& member, Member::State state);
  void step_out(Member& member);
  std::vector<Member*>& list_of(Room& room, const Member& member);

  void advance(Room& room);
  /// What its CatchUp wants to be read, if anything.
  bool queue_read(Room& room);
  void start_reads();
  void was_read(const Read& read, const BusError& error, HistoryPage page);
  void caught_up(Room& room, HistoryPage page);
  void filled(Room& room, HistoryPage page);
  void fill_tail(Room& room);
  void answer_asked(Room& room, const BusError& error);
  void read_from_bus(const std::string& room, const HistoryRequest& request, HistoryRead done);
  void retry_later();
  void restart(Room& room);

  /// Answers those who join and can be answered; with `at_any_rate`, all. The room may be closed by
  /// it.
  void settle(Room& room, bool at_any_rate);
  /// False if the member stays outside.
  bool let_in(Room& room, Member& member, const Joined& joined);
  std::optional<Joined> answer(const Room& room, const Joining& joining, bool at_any_rate) const;

  void show_stored(Room& room, std::uint64_t offset, std::string_view payload);
  void show(Room& room, const Publication& publication);
  void add_line(Room& room, std::initializer_list<std::string_view> line);
  void send_lines(Room& room);
  void deliver(const std::vector<Member*>& members, FrameWriter& frames,
               std::initializer_list<std::string_view> message);
  void shed_tails();

  Bus& bus_;
  Log& log_;
  Presence presence_;
  boost::asio::steady_timer presence_timer_;
  std::vector<std::pair<std::string, std::function<void()>>> want_people_;  // by room
  boost::unordered_flat_map<std::string_view, std::unique_ptr<Room>> rooms_;
  boost::unordered_flat_set<BusWatcher*> watchers_;
  BusyRooms* shared_busiest_ = nullptr;
  std::vector<RoomSize> busiest_;
  Loop::Clock::time_point busiest_until_{};
  std::size_t worker_ = 0;
  std::vector<Room*> with_lines_;
  bool stopping_ = false;
  std::vector<std::string> lingering_;  // rooms without members that are not closed yet
  FrameWriter text_frames_;
  FrameWriter json_frames_;
  HistoryReader reader_;
  std::deque<Read> reads_;  // that wait for their turn
  std::size_t reading_ = 0;
  bool starting_reads_ = false;
  boost::asio::steady_timer retry_;
  bool retrying_ = false;
  std::uint64_t checks_ = 0;
  std::size_t tail_bytes_ = 0;
  std::uint64_t openings_ = 0;
  std::size_t members_ = 0;  // live ones of all rooms
  Counters counters_;
};

/// Milliseconds since 1970.
std::int64_t wall_clock_ms();

}  // namespace parley::chat
