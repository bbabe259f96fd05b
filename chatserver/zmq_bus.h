#pragma once

#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "chatserver/bus.h"
#include "chatserver/mesh_gate.h"
#include "chatserver/mesh_options.h"
#include "chatserver/mesh_peer.h"
#include "chatserver/mesh_room.h"
#include "chatserver/room_history.h"
#include "chatserver/zmq_socket.h"
#include "common/log.h"
#include "common/loop.h"

namespace parley::chat {

// The bus without a broker: each server publishes on a socket of its own and subscribes to all the
// others'. What is published here is stored and shown here at once; the others get it if they have
// members in the room (ZeroMQ filters where it is published), number it themselves and keep it in
// memory. MeshRoom says how a room stays without a hole, MeshPeer how another server is heard and
// asked.
//
// A room that is opened, or whose history is read, is gathered first: those that are here are asked
// what they have of it. One that does not answer in time is not waited for.
class ZmqBus final : public Bus, private mesh::MeshPeer::Owner, private ZmqSocket::Owner {
 public:
  /// So long others may take to answer when a room is opened.
  static constexpr std::chrono::milliseconds kGatherWait{300};
  /// A server that has just started waits so long for those that it has not heard of yet.
  static constexpr std::chrono::milliseconds kStartWait{1'000};
  /// So many hellos after the last message of a room its number is told again, for those who
  /// missed it.
  static constexpr int kMarks[] = {1, 4, 20};
  static constexpr std::chrono::seconds kLogPause{1};
  static constexpr std::int64_t kFrameBytesMin = 16 * 1024 * 1024;

  struct Limits {
    std::size_t history_size;
    std::uint64_t message_bytes_max;
  };

  /// Binds. Throws std::runtime_error when something of the options is not possible.
  ZmqBus(Loop& loop, Log& log, const MeshOptions& options, const Limits& limits);
  ~ZmqBus() override;

  void start(Sink& sink) override;
  void subscribe(const std::string& room, Subscribed done) override;
  void unsubscribe(const std::string& room) override;
  void publish(const std::string& room, std::string_view message_id, std::string_view payload,
               Published done) override;
  void announce(const std::string& room, std::string_view payload, Published done) override;
  void read_history(const std::string& room, const HistoryRequest& request,
                    HistoryRead done) override;
  bool up() const override { return true; }
  BusNumbers numbers() const override;

 private:
  using Time = Loop::Clock::time_point;
  using Merged = mesh::MeshRoom::Merged;

  /// Others are being asked about a room.
  struct Gathering {
    std::set<mesh::MeshPeer*> awaited;
    Time until;
    mesh::MeshRoom::Batch batch;
    std::vector<std::function<void()>> done;
  };
  struct Room {
    explicit Room(mesh::MeshRoom made) : mesh(std::move(made)) {}
    mesh::MeshRoom mesh;
    bool open = false;  // it has members here: subscribed to
    Time closed_at{};
    std::unique_ptr<Gathering> gathering;
    int hellos_since_message = 0;  // while it is in marked_
  };

  void came(mesh::MeshPeer& peer) override;
  void went(mesh::MeshPeer& peer) override;
  void published(mesh::MeshPeer& peer, const mesh::Published& published) override;
  void met(mesh::MeshPeer& peer, const std::string& room) override;
  std::vector<mesh::Known> known_of(const std::string& room) override;
  void answered(mesh::MeshPeer& peer, mesh::Answer answer) override;
  void gave_up(mesh::MeshPeer& peer, const std::string& room) override;
  void count_junk(const mesh::MeshPeer& peer) override;

  void received(ZmqSocket& socket, std::span<const std::string_view> frames) override;
  void wanted(std::string_view subscription);
  void reply(std::string_view asker, const mesh::Ask& ask);

  Room& room_of(const std::string& name);
  Room* find(const std::string& name);
  void forget(const std::string& name);

  void gather(const std::string& name, std::function<void()> done);
  void check_gatherings();
  void stop_awaiting(mesh::MeshPeer& peer, const std::string& name);
  void gathered(const std::string& name);
  bool has_hole(const Room& room, const Gathering& gathering) const;
  void take_late(const std::string& name, mesh::MeshRoom::Batch batch, const mesh::MeshPeer& peer);
  void tell(const std::string& name, const Merged& merged, std::string_view whose);
  void ask_again(const std::string& name, const Merged& merged);
  std::set<std::uint64_t> servers_here() const;

  void tick();
  void say_hello(std::string_view topic);
  void send_marks();
  void tell_junk(std::string_view from);

  Loop& loop_;
  Log& log_;
  MeshOptions options_;
  std::uint64_t self_;
  Sink* sink_ = nullptr;
  BusNumbers counters_;
  Time started_at_{};
  Time quiet_until_{};          // for lines about junk
  Time fetched_quiet_until_{};  // for lines about messages that were asked for

  ZmqContext context_;
  std::unique_ptr<mesh::MeshGate> gate_;
  ZmqSocket publishing_;
  ZmqSocket answering_;
  std::string ask_port_;
  std::vector<std::unique_ptr<mesh::MeshPeer>> peers_;
  boost::asio::steady_timer hello_;
  boost::asio::steady_timer gather_timer_;

  RoomHistories histories_;
  std::map<std::string, Room> rooms_;
  std::uint64_t last_run_ = 0;
  std::set<std::string> marked_;     // rooms whose last number is to be told again
  std::set<std::string> gathering_;  // rooms that are being gathered
};

}  // namespace parley::chat
