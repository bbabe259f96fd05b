#include "chatserver/server.h"

#include <algorithm>
#include <vector>

#include "chatserver/bus_url.h"
#include "chatserver/connection.h"

namespace parley::chat {

Server::Server(Loop& loop, Log& log, const Options& options)
    : loop_(loop),
      log_(log),
      options_(options),
      bus_(make_bus(options, loop, log)),
      rooms_(loop, *bus_, log),
      listener_(loop, {options.bind, options.port, options.workers > 1}),
      second_(loop.io()),
      drain_(loop.io()) {
  if (!options.www.empty()) files_.emplace(options.www);
}

Server::~Server() = default;

void Server::start() {
  rooms_.start();
  listener_.start([this](Listener::Socket socket) { accept(std::move(socket)); });
  every_second();
}

void Server::accept(Listener::Socket socket) {
  if (connections_.size() >= options_.connections_max) {
    log_.warn("refused a connection: {} are open, the most that --max-connections allows",
              connections_.size());
    return;
  }
  set_keep_alive(socket, {});
  Connection::start(*this, std::move(socket));
}

void Server::remove(Connection& connection) {
  connections_.erase(&connection);
  if ((stopping_ || draining_) && connections_.empty()) loop_.stop();
}

void Server::stop() {
  if (draining_ || options_.drain_seconds == 0 || connections_.empty()) {
    stop_now();
    return;
  }
  draining_ = true;
  drain_ends_ = loop_.now() + std::chrono::seconds(options_.drain_seconds);
  to_drain_.assign(connections_.begin(), connections_.end());
  drain_some();
}

// An equal share each step. One that waits for the bus to store its message has its turn later.
void Server::drain_some() {
  const auto now = Loop::Clock::now();
  const auto steps_left = 1 + std::max<std::int64_t>(0, (drain_ends_ - now) / kDrainStep);
  const std::size_t share = to_drain_.size() / static_cast<std::size_t>(steps_left) + 1;
  for (std::size_t i = 0; i < share && !to_drain_.empty(); ++i) {
    Connection* connection = to_drain_.front();
    to_drain_.pop_front();
    if (!connections_.contains(connection)) continue;
    if (connection->busy() && now < drain_ends_) {
      to_drain_.push_back(connection);
    } else {
      connection->shut_down();
    }
  }
  if (now >= drain_ends_ && to_drain_.empty()) {
    stop_now();
    return;
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
    every_second();
  });
}

}  // namespace parley::chat
