#pragma once

#include <boost/container/deque.hpp>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "chatserver/mesh_frame.h"
#include "chatserver/room_history.h"

namespace parley::chat::mesh {

// What one server of a mesh knows of the messages of one room, and how it stays without a hole.
//
// Every server counts its own messages in a room, so each of the others sees what it missed of it.
// There is no order over all servers: each numbers the messages in the order in which they came to
// it, in an epoch of its own. The order of one sender's messages is kept.
//
// A message that is not its sender's next one is held, and so are those behind it, until the sender
// has been asked for what is missing. What it does not have any more is missed: that is told, and
// the room begins a new epoch, because whoever goes by offsets must not believe that all is there.
//
// What is asked for is always the same: everything that is beyond what is known of each sender. So
// a gap, a room that is opened, a server that is new and one that comes back are one case.
//
// Rejected: to number the messages of all servers in one order (Lamport clocks, a leader); every
// message would wait for the slowest server. To relay what others sent: each message would cross
// the mesh several times.
//
// It does no I/O and has no clock. Owned by ZmqBus, on its thread.
class MeshRoom {
 public:
  /// What may be held back while others are asked.
  static constexpr std::size_t kHeldMax = 10'000;
  static constexpr std::size_t kHeldBytesMax = 1024 * 1024;
  /// So many messages that are older than the newest one are shown late, behind it. More of them
  /// (two meshes have met) are put where they belong, and the room begins anew.
  static constexpr std::size_t kLateMax = 50;

  enum class Verdict : std::uint8_t { kShow, kDrop, kAsk };

  struct Shown {
    Position position;
    std::string payload;
  };
  /// What came of a merge.
  struct Merged {
    std::vector<Shown> shown;              // in their order; nothing if it restarted
    bool restarted = false;                // the history has a new epoch
    std::uint64_t missed = 0;              // messages that nobody has any more
    std::uint64_t fetched = 0;             // messages that did not come by themselves
    std::vector<std::uint64_t> ask_again;  // servers of which something is missing still
  };
  /// What others have said.
  struct Batch {
    std::vector<RoomHistory::Message> messages;
    std::vector<Known> answered;       // the last message of each server that spoke for itself
    std::set<std::uint64_t> here;      // servers that messages come from directly
    std::set<std::uint64_t> given_up;  // servers that were asked and did not answer
    bool has_hole = false;             // somebody may have said something that nobody knows of now
  };

  MeshRoom(std::uint64_t server, std::uint64_t run) : own_{server, run, 0} {}

  /// The origin of the next message of this server's own.
  Origin next(std::int64_t now_ms);
  /// A message of another server has come from it. kShow: it goes into the history and is shown.
  /// kAsk: what is before it is missing.
  Verdict live(const Origin& origin, std::string_view id, std::string_view payload);
  /// A server says what its last message was. True if something is missing.
  bool mark(const Origin& origin);

  /// From now on everything is held, until the next merge.
  void gather() { gathering_ = true; }
  /// Without a merge, where nothing is kept.
  void end_gathering() { gathering_ = false; }
  /// Answers have come, or will not come.
  Merged merge(RoomHistory& history, Batch batch);

  const Known& own() const { return own_; }
  /// What is known without a hole, of each server.
  std::vector<Known> known() const;
  /// What of a history somebody lacks who knows that much.
  static std::vector<const RoomHistory::Message*> lacking(const RoomHistory& history,
                                                          const std::vector<Known>& known);

 private:
  struct Sender {
    std::uint64_t run = 0;
    std::uint64_t sequence = 0;  // known without a hole
    std::uint64_t seen = 0;      // the last that there is
    bool waits = false;          // has been asked for what is between
    bool fresh = true;           // nothing is known of it: what came before our time is no loss
    bool hole = false;           // it began a later run: the one before may have had last words
  };
  struct Item {
    RoomHistory::Message message;
    bool direct;  // came from its sender
  };

  /// Nothing if it belongs to a run that is over.
  Sender* sender_of(std::uint64_t server, std::uint64_t run);
  void hold(RoomHistory::Message message);
  std::vector<RoomHistory::Message> take(std::vector<Item> items, const Batch& batch, bool late,
                                         Merged& merged);
  void settle(const Batch& batch, Merged& merged);
  static void apply(RoomHistory& history, std::vector<RoomHistory::Message> accepted, bool late,
                    bool has_hole, Merged& merged);

  Known own_;
  std::int64_t last_at_ms_ = 0;
  std::map<std::uint64_t, Sender> senders_;
  boost::container::deque<RoomHistory::Message> held_;
  std::size_t held_bytes_ = 0;
  bool gathering_ = false;
  std::uint64_t lost_ = 0;  // of runs that are over; the next merge tells of them
};

}  // namespace parley::chat::mesh
