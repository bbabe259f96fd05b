#include "broker/broker.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <chrono>
#include <random>

#include "broker/epoch.h"

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
  if (!options_.store.directory.empty()) open_store();
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
  if (store_) {
    journal_->flush();
    if (store_->drain()) loop().gate().open(journal_->submitted());
  }
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

// --- the store ---

void Broker::open_store() {
  store_ = std::make_unique<Store>(loop(), log_, options_.store);
  journal_ = std::make_unique<Journal>(loop(), *store_);
  loading_ = std::make_unique<Loading>(*this, *store_);
  for (const Store::Numbered& stream : store_->streams()) {
    journal_->skip_to(stream.number);
    const bool same = stream.record.generation == store_->generation();
    history_.restore(
        stream.number, stream.record,
        same ? stream.record.epoch : later_epoch(stream.record.epoch, store_->generation()));
  }
  history_.write_to(*journal_);
  store_->start({.committed =
                     [this](std::uint64_t commit) {
                       journal_->committed(commit);
                       loading_->look_again();
                       make_room();
                       resume_held();
                     },
                 .failed =
                     [this](const std::string& why) {
                       cut_unwritten(why);
                       loading_->look_again();
                       resume_held();
                     },
                 .recovered = {}});
}

void Broker::make_room() {
  std::uint64_t bytes_max = options_.store.memory_bytes_max;
  std::uint64_t written = journal_->written();
  if (loading_->busy()) {
    bytes_max += Loading::kSlackBytes;
    written = std::min(written, loading_->oldest_read());
  }
  history_.evict_above(bytes_max, written);
}

std::string Broker::why_not_writable() const {
  if (!store_) return {};
  if (!store_->failure().empty()) {
    return "MISCONF Errors writing to the history on disk: " + store_->failure() +
           ". Streams cannot be changed until that is put right (room on the disk of '" +
           options_.store.directory +
           "', the right to write there); it is tried again each second. Publishing goes on";
  }
  return {};
}

bool Broker::disk_holds(const Client& client) {
  if (!store_ || store_->waiting_bytes() < Store::kWaitingBytesMax) return false;
  held_by_disk_.push_back(client.session().id);
  return true;
}

void Broker::resume_held() {
  for (const std::uint64_t id : std::exchange(held_by_disk_, {})) {
    const auto found = clients_.find(id);
    if (found != clients_.end()) found->second->resume();
  }
}

void Broker::refuse_unwritten(std::string& reply) const {
  if (!store_ || store_->failure().empty() || !loop().gate().closed()) return;
  loop().gate().want_nothing();
  if (!reply.empty()) reply = "-" + why_not_writable() + "\r\n";
}

// They would wait for a disk that may never come back, and none of them was told of a success.
void Broker::cut_unwritten(const std::string& why) {
  for (const auto& entry : clients_) {
    if (entry.second->waits_for_commit()) {
      entry.second->cut("what it was to be told could not be written to disk: " + why);
    }
  }
}

// A turn at a time, so that others have theirs between.
void Broker::maintain_history() {
  if (stopping_) return;
  const bool more = history_.maintain();
  loop().gate().want_nothing();
  if (!more) return;
  boost::asio::post(loop().io(), [this] { maintain_history(); });
}

}  // namespace parley::broker
