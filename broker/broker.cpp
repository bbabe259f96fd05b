#include "broker/broker.h"

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

}  // namespace

Broker::Broker(Loop& loop, Log& log, Options options)
    : Flushable(loop),
      log_(log),
      options_(std::move(options)),
      pubsub_(loop.chunks()),
      second_(loop.io()) {
  stats_.run_id = random_hex(40);
  every_second();
}

Broker::~Broker() = default;

void Broker::accept(Socket socket) {
  ++stats_.connections_received;
  if (clients_.size() >= options_.limits.clients_max) {
    refuse(std::move(socket));
    return;
  }
  const std::uint64_t id = next_id_++;
  auto client = std::make_unique<Client>(*this, std::move(socket), id);
  client->start();
  clients_.emplace(id, std::move(client));
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
    every_second();
  });
}

}  // namespace parley::broker
