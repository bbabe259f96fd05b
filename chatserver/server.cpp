#include "chatserver/server.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "chatserver/bus_url.h"
#include "chatserver/connection.h"
#include "chatserver/metrics.h"

namespace parley::chat {

Server::Server(Loop& loop, Log& log, const Options& options, Shared& shared, std::size_t worker)
    : loop_(loop),
      log_(log),
      options_(options),
      shared_(shared),
      worker_(worker),
      bus_(make_bus(options, loop, log)),
      rooms_(loop, *bus_, log),
      listener_(loop, {options.bind, options.port, options.workers > 1}),
      second_(loop.io()),
      drain_(loop.io()) {
  if (!options.www.empty()) files_.emplace(options.www);
}

Server::~Server() = default;

void Server::start() {
  rooms_.watch(*this);
  rooms_.start();
  listener_.start([this](Listener::Socket socket) { accept(std::move(socket)); });
  write_numbers();
  every_second();
}

void Server::accept(Listener::Socket socket) {
  if (connections_.size() >= options_.connections_max) {
    count(Number::kRefusedMaxConnections);
    if (may_log_refusal()) {
      log_.warn("refused a connection: {} are open, the most that --max-connections allows",
                connections_.size());
    }
    return;
  }
  count(Number::kAccepted);
  set_keep_alive(socket, {});
  Connection::start(*this, std::move(socket));
}

void Server::refused(const std::string& who) {
  count(Number::kRefusedPerAddress);
  if (!may_log_refusal()) return;
  log_.warn("refused {}: its address has {} connections, the most that --max-per-address allows",
            who, options_.connections_per_address_max);
}

bool Server::may_log_refusal() {
  if (loop_.now() < refused_quiet_until_) return false;
  refused_quiet_until_ = loop_.now() + kRefusedLogPause;
  return true;
}

void Server::remove(Connection& connection) {
  connections_.erase(&connection);
  if (stopping_ && connections_.empty()) loop_.stop();
}

void Server::stop() {
  if (draining_ || options_.drain_seconds == 0) {
    stop_now();
    return;
  }
  draining_ = true;
  if (worker_ == 0) {
    log_.info("clients are sent away over {} s (--drain); a second signal ends it at once",
              options_.drain_seconds);
  }
  std::ranges::copy_if(connections_, std::back_inserter(to_drain_), &Connection::conversing);
  drain_count_ = to_drain_.size();
  drain_ends_ = loop_.now() + std::chrono::seconds(options_.drain_seconds);
  drain_some();
}

// As many stay as there is time left. One that waits for the bus to store its message has its turn
// later. The port stays open to the end: whoever sends clients here may not have noticed yet.
void Server::drain_some() {
  const auto now = Loop::Clock::now();
  if (now >= drain_ends_) {
    stop_now();
    return;
  }
  const std::chrono::duration<double> left = drain_ends_ - now;
  const auto stay = static_cast<std::size_t>(left.count() / options_.drain_seconds *
                                             static_cast<double>(drain_count_));
  for (std::size_t turns = to_drain_.size(); turns > 0 && to_drain_.size() > stay; --turns) {
    Connection* connection = to_drain_.front();
    to_drain_.pop_front();
    // Where one has ended another may be by now, of somebody who asks how this server is.
    if (!connections_.contains(connection) || !connection->conversing()) continue;
    if (connection->busy()) {
      to_drain_.push_back(connection);
    } else {
      connection->shut_down();
    }
  }
  drain_.expires_after(kDrainStep);
  drain_.async_wait([this](const boost::system::error_code& error) {
    if (!error) drain_some();
  });
}

// Goodbyes may end connections: iterate over a copy.
void Server::stop_now() {
  if (stopping_) return;
  drain_.cancel();
  stopping_ = true;
  stop_deadline_ = loop_.now() + kStopTimeout;
  rooms_.stop();
  listener_.close();
  const std::vector<Connection*> all(connections_.begin(), connections_.end());
  for (Connection* connection : all) connection->shut_down();
  if (connections_.empty()) loop_.stop();
}

void Server::every_second() {
  second_.expires_after(std::chrono::seconds(1));
  second_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    const auto now = loop_.now();
    const bool too_late = stopping_ && now > stop_deadline_;
    for (Connection* connection : connections_) {
      too_late ? connection->abort() : connection->check_time(now);
    }
    rooms_.check_silent_rooms();
    if (options_.workers > 1) rooms_.share_busiest(shared_.busy_rooms, worker_);
    write_numbers();
    every_second();
  });
}

void Server::write_numbers() {
  Numbers numbers = counted_;
  add_connections(numbers);
  add_rooms(numbers);
  add_bus(numbers);
  shared_.numbers.write(worker_, numbers);
}

void Server::add_connections(Numbers& numbers) const {
  for (const Connection* connection : connections_) {
    numbers[Number::kUnsentBytes] += connection->unsent_bytes();
    if (!connection->conversing()) continue;
    ++numbers[connection->speaks_protocol() ? Number::kProtocolClients : Number::kTextClients];
  }
  numbers[Number::kConnections] = connections_.size();
  numbers[Number::kFrameBytes] = loop_.chunks().bytes_in_use();
  numbers[Number::kSentBytes] = loop_.bytes_sent();
  numbers[Number::kTicks] = loop_.ticks();
  numbers[Number::kHandlers] = loop_.handlers();
}

void Server::add_rooms(Numbers& numbers) const {
  numbers[Number::kRooms] = rooms_.size();
  numbers[Number::kMembers] = rooms_.members();
  numbers[Number::kPeople] = rooms_.people();
  const Rooms::Counters& rooms = rooms_.counters();
  numbers[Number::kMessages] = rooms.messages;
  numbers[Number::kDeliveries] = rooms.deliveries;
  numbers[Number::kStored] = rooms.accepted;
  numbers[Number::kRefusedTooFast] = rooms.refused_too_fast;
  numbers[Number::kRefusedBadRequest] = rooms.refused_bad_request;
  numbers[Number::kRefusedByBus] = rooms.refused_by_bus;
  numbers[Number::kCatchUps] = rooms.catch_ups;
  numbers[Number::kCaughtUp] = rooms.caught_up;
  numbers[Number::kBusOutages] = rooms.bus_outages;
  numbers.set_lag(rooms.lag);
}

void Server::add_bus(Numbers& numbers) const {
  const BusNumbers bus = bus_->numbers();
  numbers[Number::kBusAway] = bus_->up() ? 0 : 1;
  numbers[Number::kBusWaitingMessages] = bus.waiting_messages;
  numbers[Number::kBusWaitingBytes] = bus.waiting_bytes;
  numbers[Number::kMeshPeers] = bus.peers;
  numbers[Number::kMeshPublished] = bus.published;
  numbers[Number::kMeshReceived] = bus.received;
  numbers[Number::kMeshFetched] = bus.fetched;
  numbers[Number::kMeshMissed] = bus.missed;
  numbers[Number::kMeshJunk] = bus.junk;
}

void Server::bus_changed(bool up) {
  shared_.readiness.bus_changed(worker_, up, Loop::Clock::now());
}

std::string Server::why_not_ready() const {
  if (draining_) return "this server is about to stop";
  return shared_.readiness.why_not(Loop::Clock::now());
}

std::string Server::metrics() const {
  const auto uptime =
      std::chrono::duration_cast<std::chrono::seconds>(Loop::Clock::now() - started_at_);
  return metrics_text(shared_.numbers.sums(),
                      {shared_.numbers.workers(), options_.mesh.wanted(), uptime});
}

}  // namespace parley::chat
