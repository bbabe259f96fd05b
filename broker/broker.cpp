#include "broker/broker.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <chrono>
#include <random>

namespace parley::broker {

namespace {

std::string random_hex(std::size_t digits) {
  std::random_device random;
  std::string text;
  while (text.size() < digits) text.push_back("0123456789abcdef"[random() % 16]);
  return text;
}

// The first words are Redis's: they are what people look for.
constexpr std::string_view kDenied =
    "-DENIED Redis is running in protected mode because protected mode is enabled and no password "
    "is set for the default user. In this mode connections are only accepted from the loopback "
    "interface. If you want to connect from external computers, do one of the following: 1) Set a "
    "password: start parley-broker with --requirepass-file FILE or the environment variable "
    "PARLEY_REQUIREPASS, or send 'CONFIG SET requirepass PASSWORD' from the loopback interface. "
    "2) Disable protected mode by sending 'CONFIG SET protected-mode no' from the loopback "
    "interface, or by starting with --protected-mode no; MAKE SURE then that the broker cannot be "
    "reached from the internet.\r\n";

}  // namespace

Broker::Broker(Loop& loop, Log& log, Options options)
    : Flushable(loop),
      log_(log),
      options_(std::move(options)),
      pubsub_(loop),
      history_(options_.limits.history),
      blocked_readers_(loop, history_),
      pause_(loop,
             [this] {
               for (const auto& entry : clients_) entry.second->resume();
             }),
      second_(loop.io()) {
  stats_.run_id = random_hex(40);
  history_.observe({.changed = [this](const Key& key) { watches_.touch(key.db(), key.name()); },
                    .grown = [this](const Key& key) { blocked_readers_.signal(key); }});
  every_second();
}

Broker::~Broker() = default;

void Broker::accept(Socket socket) {
  ++stats_.connections_received;
  if (is_protected_from(socket)) {
    deny(std::move(socket));
    return;
  }
  if (clients_.size() >= options_.limits.clients_max) {
    refuse(std::move(socket));
    return;
  }
  set_keep_alive(socket, options_.limits.keep_alive);
  const std::uint64_t id = next_id_++;
  auto client = std::make_unique<Client>(*this, std::move(socket), id);
  client->start();
  clients_.emplace(id, std::move(client));
}

// As in Redis: without a password nobody gets in from another machine, unless told so.
bool Broker::is_protected_from(const Socket& socket) const {
  if (!options_.protected_mode || !options_.password.empty()) return false;
  boost::system::error_code error;
  const auto peer = socket.remote_endpoint(error).address();
  if (error || peer.is_loopback()) return false;
  return !peer.is_v6() || !peer.to_v6().is_v4_mapped() ||
         !boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, peer.to_v6()).is_loopback();
}

void Broker::deny(Socket socket) {
  ++stats_.connections_rejected;
  boost::system::error_code ignored;
  socket.write_some(boost::asio::buffer(kDenied), ignored);
  const auto peer = socket.remote_endpoint(ignored);
  log_.warn(
      "refused {}: protected mode is on and there is no password (--requirepass-file, "
      "PARLEY_REQUIREPASS, or --protected-mode no)",
      ignored ? "a client" : to_string(peer));
}

// A fresh socket takes a short line at once; if not, the peer learns it from the close.
void Broker::refuse(Socket socket) {
  ++stats_.connections_rejected;
  boost::system::error_code ignored;
  socket.write_some(boost::asio::buffer("-ERR max number of clients reached\r\n", 36), ignored);
  log_.warn("refused a client: {} are connected, the most that --maxclients allows",
            clients_.size());
}

void Broker::stop() {
  stopping_ = true;
  second_.cancel();
  for (const auto& entry : clients_) entry.second->finish();
  mark();
}

void Broker::reap_soon(Client& client) {
  if (!client.leaving()) leaving_.push_back(&client);
  mark();
}

// The end of a tick: nobody iterates over clients now.
void Broker::flush() {
  bool more = false;
  for (std::size_t i = 0; i < leaving_.size();) {
    Client& client = *leaving_[i];
    const bool dropped = pubsub_.drop(client, kDropsPerTick);
    more |= !dropped;
    if (!dropped || !client.wind_down()) {
      ++i;
      continue;
    }
    watches_.unwatch(client);
    monitors_.remove(client);
    leaving_[i] = leaving_.back();
    leaving_.pop_back();
    clients_.erase(client.session().id);
  }
  if (more) boost::asio::post(loop().io(), [this] { mark(); });
  if (stopping_ && clients_.empty()) loop().stop();
}

void Broker::every_second() {
  second_.expires_after(std::chrono::seconds(1));
  second_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    stats_.commands_per_second = stats_.commands_processed - stats_.commands_at_last_second;
    stats_.commands_at_last_second = stats_.commands_processed;
    const auto now = loop().now();
    for (const auto& entry : clients_) entry.second->check_time(now);
    maintain_history();
    every_second();
  });
}

// A turn at a time, so that others have theirs between.
void Broker::maintain_history() {
  if (stopping_ || !history_.maintain()) return;
  boost::asio::post(loop().io(), [this] { maintain_history(); });
}

}  // namespace parley::broker
