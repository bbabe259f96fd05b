#include "chatserver/server.h"

#include <vector>

#include "chatserver/bus_url.h"
#include "chatserver/connection.h"

namespace parley::chat {

Server::Server(Loop& loop, Log& log, const Options& options)
    : loop_(loop),
      log_(log),
      options_(options),
      bus_(make_bus(options.bus, options.history_size, loop, log)),
      rooms_(loop, *bus_, log),
      listener_(loop, {options.bind, options.port, options.workers > 1}),
      second_(loop.io()) {
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
  if (stopping_ && connections_.empty()) loop_.stop();
}

// Goodbyes may end connections: iterate over a copy.
void Server::stop() {
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
