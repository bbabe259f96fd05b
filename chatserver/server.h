#pragma once

#include <boost/asio/steady_timer.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <deque>
#include <memory>
#include <optional>

#include "chatserver/bus.h"
#include "chatserver/options.h"
#include "chatserver/rooms.h"
#include "chatserver/static_files.h"
#include "common/listener.h"
#include "common/log.h"
#include "common/loop.h"

namespace parley::chat {

class Connection;

/// One chat server on one loop: connections, rooms and a bus. Nothing in it is shared with another
/// thread.
class Server {
 public:
  /// So often some of the clients are told to go while the server drains.
  static constexpr std::chrono::milliseconds kDrainStep{100};
  /// How long connections have to end when the server stops.
  static constexpr std::chrono::seconds kStopTimeout{3};

  /// Binds the port. Throws std::runtime_error when something of the options is not possible.
  Server(Loop& loop, Log& log, const Options& options);
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

 private:
  void accept(Listener::Socket socket);
  void every_second();
  void drain_some();
  void stop_now();

  Loop& loop_;
  Log& log_;
  Options options_;
  std::optional<StaticFiles> files_;
  std::unique_ptr<Bus> bus_;
  Rooms rooms_;
  Listener listener_;
  boost::asio::steady_timer second_;
  boost::unordered_flat_set<Connection*> connections_;
  boost::asio::steady_timer drain_;
  std::deque<Connection*> to_drain_;
  Loop::Clock::time_point drain_ends_;
  bool draining_ = false;
  bool stopping_ = false;
  Loop::Clock::time_point stop_deadline_;
};

}  // namespace parley::chat
