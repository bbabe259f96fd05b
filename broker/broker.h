#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <memory>
#include <string>
#include <vector>

#include "broker/blocked_readers.h"
#include "broker/client.h"
#include "broker/command_stats.h"
#include "broker/command_table.h"
#include "broker/history.h"
#include "broker/journal.h"
#include "broker/loading.h"
#include "broker/monitors.h"
#include "broker/options.h"
#include "broker/pause.h"
#include "broker/pubsub.h"
#include "broker/slow_log.h"
#include "broker/stats.h"
#include "broker/stopwatch.h"
#include "broker/watches.h"
#include "common/log.h"
#include "common/loop.h"

namespace parley::broker {

/// The daemon without its listening sockets: clients, subscriptions, counters. One thread, that of
/// its loop. It owns the clients, and destroys one only at the end of a tick.
class Broker : private Flushable {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  using Clients = boost::unordered_flat_map<std::uint64_t, std::unique_ptr<Client>>;

  /// A leaving client is taken out of so many topics a tick, so that nobody waits for it.
  static constexpr std::size_t kDropsPerTick = 2'000;

  /// Opens the store, if there is to be one. Throws std::runtime_error with a text for people.
  Broker(Loop& loop, Log& log, Options options);
  ~Broker();

  /// Takes over a connection, or refuses it when there are too many.
  void accept(Socket socket);
  /// Ends all connections; call Loop::run() until it returns.
  void stop();

  /// The client will go at the end of the tick.
  void reap_soon(Client& client);

  using Flushable::loop;
  Log& log() { return log_; }
  const Options& options() const { return options_; }
  Options& options() { return options_; }
  /// True while the client may only log in.
  bool needs_password(const Client& client) const {
    return !options_.password.empty() && !client.session().authenticated;
  }
  PubSub& pubsub() { return pubsub_; }
  History& history() { return history_; }
  /// Nothing: streams are in memory only.
  Store* store() { return store_.get(); }
  const Store* store() const { return store_.get(); }
  Loading* loading() { return loading_.get(); }
  /// Why streams cannot be changed now, as an error; empty if they can.
  std::string why_not_writable() const;
  /// True while so much waits for the disk that this client's next change must wait too; it is
  /// resumed by itself.
  bool disk_holds(const Client& client);
  /// Puts an error in the place of a reply that tells of what cannot be written to disk.
  void refuse_unwritten(std::string& reply) const;
  /// Keeps the memory of entries within --history-memory.
  void make_room();
  /// All that was changed in streams in earlier ticks has a number up to this one.
  /// To the store, without waiting for the end of the tick.
  void hand_over_changes() { journal_->flush(); }
  std::uint64_t submitted_commit() const { return journal_->submitted(); }
  /// All of it up to this one is on disk.
  std::uint64_t written_commit() const { return journal_->written(); }
  BlockedReaders& blocked_readers() { return blocked_readers_; }
  Watches& watches() { return watches_; }
  Monitors& monitors() { return monitors_; }
  Pause& pause() { return pause_; }
  CommandStats& command_stats() { return command_stats_; }
  SlowLog& slow_log() { return slow_log_; }
  Stopwatch& stopwatch() { return stopwatch_; }
  Stats& stats() { return stats_; }
  const CommandIndex& commands() const { return commands_; }
  const Clients& clients() const { return clients_; }
  bool stopping() const { return stopping_; }
  std::uint16_t port() const { return port_; }
  void set_port(std::uint16_t port) { port_ = port; }

  /// Scratch space that every client uses in turn.
  resp::Args& args() { return args_; }
  std::string& reply_text() { return reply_text_; }

 private:
  void flush() override;
  bool wind_down(Client& client);
  bool is_protected_from(const Socket& socket) const;
  void deny(Socket socket);
  void refuse(Socket socket);
  void every_second();
  void maintain_history();
  void open_store();
  void cut_unwritten(const std::string& why);
  void resume_held();

  Log& log_;
  Options options_;
  CommandIndex commands_;
  Stats stats_;
  PubSub pubsub_;
  Watches watches_;
  Monitors monitors_;
  CommandStats command_stats_;
  SlowLog slow_log_;
  Stopwatch stopwatch_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Journal> journal_;
  std::unique_ptr<Loading> loading_;
  std::vector<std::uint64_t> held_by_disk_;  // clients
  History history_;
  BlockedReaders blocked_readers_;
  Pause pause_;
  std::uint16_t port_ = 0;
  std::uint64_t next_id_ = 1;
  resp::Args args_;
  std::string reply_text_;
  boost::asio::steady_timer second_;
  bool stopping_ = false;
  Clients clients_;
  std::vector<Client*> leaving_;
};

}  // namespace parley::broker
