#pragma once

#include <boost/asio/steady_timer.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <deque>
#include <memory>
#include <optional>

#include "chatserver/address_table.h"
#include "chatserver/bus.h"
#include "chatserver/numbers.h"
#include "chatserver/options.h"
#include "chatserver/readiness.h"
#include "chatserver/rooms.h"
#include "chatserver/static_files.h"
#include "common/listener.h"
#include "common/log.h"
#include "common/loop.h"

namespace parley::chat {

class Connection;

/// What the workers of one process have in common. Outlives them.
struct Shared {
  explicit Shared(const Options& options)
      : numbers(options.workers),
        readiness(options.workers, std::chrono::seconds(options.ready_grace_seconds)),
        addresses(options.connections_per_address_max),
        busy_rooms(options.workers) {}

  NumbersBoard numbers;
  Readiness readiness;
  AddressTable addresses;
  BusyRooms busy_rooms;
};

/// One chat server on one loop: connections, rooms and a bus. It shares with other threads what is
/// in Shared, nothing else.
class Server final : private BusWatcher {
 public:
  /// So often some of the clients are told to go while the server drains.
  static constexpr std::chrono::milliseconds kDrainStep{100};
  /// Lines in the log about those refused come so far apart.
  static constexpr std::chrono::seconds kRefusedLogPause{1};
  /// How long connections have to end when the server stops.
  static constexpr std::chrono::seconds kStopTimeout{3};

  /// Binds the port. Throws std::runtime_error when something of the options is not possible.
  /// `worker` is its place among the workers.
  Server(Loop& loop, Log& log, const Options& options, Shared& shared, std::size_t worker);
  ~Server();

  void start();
  /// Says goodbye to all, spread over --drain, then stops the loop. Called again: at once.
  void stop();
  /// It is about to stop: nobody new is taken in.
  bool draining() const { return draining_; }

  /// "http://127.0.0.1:8080"
  std::string address() const { return "http://" + listener_.address(); }
  std::uint16_t port() const { return listener_.port(); }

  Loop& loop() { return loop_; }
  Log& log() { return log_; }
  const Options& options() const { return options_; }
  Rooms& rooms() { return rooms_; }
  const StaticFiles* files() const { return files_ ? &*files_ : nullptr; }

  /// A connection is known from its beginning to its end.
  void add(Connection& connection) { connections_.insert(&connection); }
  void remove(Connection& connection);

  AddressTable& addresses() { return shared_.addresses; }
  /// Notes that somebody was refused because of --max-per-address.
  void refused(const std::string& who);

  void count(Number number) { ++counted_[number]; }
  /// For /readyz: why nobody should be sent here; empty: it is ready.
  std::string why_not_ready() const;
  /// For /metrics: the sums over all workers, each as of its last second.
  std::string metrics() const;

 private:
  void bus_changed(bool up) override;
  void accept(Listener::Socket socket);
  bool may_log_refusal();
  void every_second();
  void drain_some();
  void stop_now();
  void write_numbers();
  void add_connections(Numbers& numbers) const;
  void add_rooms(Numbers& numbers) const;
  void add_bus(Numbers& numbers) const;

  Loop& loop_;
  Log& log_;
  Options options_;
  Shared& shared_;
  std::size_t worker_;
  Numbers counted_;  // what is not counted elsewhere
  Loop::Clock::time_point started_at_ = Loop::Clock::now();
  std::optional<StaticFiles> files_;
  std::unique_ptr<Bus> bus_;
  Rooms rooms_;
  Listener listener_;
  boost::asio::steady_timer second_;
  boost::unordered_flat_set<Connection*> connections_;
  boost::asio::steady_timer drain_;
  std::deque<Connection*> to_drain_;
  std::size_t drain_count_ = 0;  // of those that were to drain
  Loop::Clock::time_point drain_ends_;
  bool draining_ = false;
  bool stopping_ = false;
  Loop::Clock::time_point stop_deadline_;
  Loop::Clock::time_point refused_quiet_until_{};
};

}  // namespace parley::chat
