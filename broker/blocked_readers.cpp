#include "broker/blocked_readers.h"

#include "broker/client.h"

namespace parley::broker {

std::string BlockedReaders::place(int db, std::string_view key) {
  return std::string(1, static_cast<char>(db)).append(key);
}

void BlockedReaders::add(Client& client, ReadRequest request, std::optional<Time> deadline) {
  auto owned = std::make_unique<Wait>(Wait{next_number_++, &client, std::move(request), deadline});
  Wait& wait = *owned;
  waits_.emplace(&client, std::move(owned));
  for (const auto& position : wait.request.positions) {
    keys_[place(wait.request.db, position.key)].readers.emplace(wait.number, &wait);
  }
  if (deadline) {
    deadlines_.emplace(*deadline, &wait);
    if (deadlines_.begin()->second == &wait) set_timer();
  }
  client.block();
}

void BlockedReaders::remove(Wait& wait) {
  for (const auto& position : wait.request.positions) {
    const auto key = keys_.find(place(wait.request.db, position.key));
    if (key == keys_.end()) continue;  // named twice
    key->second.readers.erase(wait.number);
    if (key->second.readers.empty()) keys_.erase(key);
  }
  if (wait.deadline) deadlines_.erase({*wait.deadline, &wait});
  waits_.erase(wait.client);
}

void BlockedReaders::forget(Client& client) {
  const auto found = waits_.find(&client);
  if (found != waits_.end()) remove(*found->second);
}

void BlockedReaders::signal(const Key& key) {
  if (keys_.empty()) return;
  std::string name = place(key.db(), key.name());
  const auto found = keys_.find(name);
  if (found == keys_.end() || found->second.ready) return;
  found->second.ready = true;
  ready_.push_back(std::move(name));
}

void BlockedReaders::serve_ready() {
  std::vector<std::string> ready;
  ready.swap(ready_);
  std::vector<Wait*> readers;
  for (const std::string& name : ready) {
    const auto found = keys_.find(name);
    if (found == keys_.end()) continue;
    found->second.ready = false;
    readers.clear();
    for (const auto& reader : found->second.readers) readers.push_back(reader.second);
    for (Wait* reader : readers) serve(*reader);
  }
}

void BlockedReaders::serve(Wait& wait) {
  std::string text;
  resp::Writer reply(text, wait.client->session().protocol);
  if (write_news(reply, history_, wait.request)) end(wait, text);
}

void BlockedReaders::end(Wait& wait, std::string_view reply) {
  Client& client = *wait.client;
  remove(wait);
  client.unblock(reply);
}

bool BlockedReaders::unblock(Client& client, Reason reason) {
  const auto found = waits_.find(&client);
  if (found == waits_.end()) return false;
  std::string text;
  resp::Writer reply(text, client.session().protocol);
  if (reason == Reason::kTimeout) {
    reply.null_array();
  } else {
    reply.error("UNBLOCKED client unblocked via CLIENT UNBLOCK");
  }
  end(*found->second, text);
  return true;
}

void BlockedReaders::set_timer() {
  timer_.expires_at(deadlines_.begin()->first);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) time_out();
  });
}

void BlockedReaders::time_out() {
  const Time now = Loop::Clock::now();
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    unblock(*deadlines_.begin()->second->client, Reason::kTimeout);
  }
  if (!deadlines_.empty()) set_timer();
}

}  // namespace parley::broker
