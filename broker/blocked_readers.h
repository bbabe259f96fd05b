#pragma once

#include <boost/asio/steady_timer.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "broker/stream_reading.h"
#include "common/loop.h"

namespace parley::broker {

class Client;

/// The clients that wait in XREAD BLOCK, and what for.
///
/// A client that waits runs no further commands (Client::block), whatever it has sent. It goes on
/// when entries come behind one of its positions, when its time is over, or on CLIENT UNBLOCK.
/// Entries are looked for only when a whole command, or transaction, is done: then it gets all that
/// was added. Those who wait for the same stream are served in the order in which they came.
///
/// Owned by the Broker, on its loop. A client that ends must be forgotten.
class BlockedReaders {
 public:
  using Time = Loop::Clock::time_point;

  /// A longer wait is one without end.
  static constexpr std::chrono::hours kLongestWait{24 * 365 * 100};

  BlockedReaders(Loop& loop, History& history) : history_(history), timer_(loop.io()) {}

  /// Blocks the client; no deadline: for ever.
  void add(Client& client, ReadRequest request, std::optional<Time> deadline);
  void forget(Client& client);
  /// The key has entries that it had not: those who wait for it are looked at by the next serve().
  void signal(const Key& key);
  bool waits_for(int db, std::string_view key) const { return keys_.contains(place(db, key)); }
  /// To be called after each command.
  void serve() {
    if (!ready_.empty()) serve_ready();
  }

  /// As CLIENT UNBLOCK does it: the wait ends as if its time were over, or with an error. False if
  /// the client does not wait.
  enum class Reason : std::uint8_t { kTimeout, kError };
  bool unblock(Client& client, Reason reason);

  std::size_t size() const { return waits_.size(); }

 private:
  struct Wait {
    std::uint64_t number;  // those who came first have the lowest
    Client* client;
    ReadRequest request;
    std::optional<Time> deadline;
  };
  struct Waiting {
    std::map<std::uint64_t, Wait*> readers;
    bool ready = false;
  };

  static std::string place(int db, std::string_view key);
  void serve_ready();
  void serve(Wait& wait);
  void end(Wait& wait, std::string_view reply);
  void remove(Wait& wait);
  void set_timer();
  void time_out();

  History& history_;
  std::uint64_t next_number_ = 0;
  boost::unordered_flat_map<const Client*, std::unique_ptr<Wait>> waits_;
  boost::unordered_flat_map<std::string, Waiting> keys_;
  std::vector<std::string> ready_;
  std::set<std::pair<Time, Wait*>> deadlines_;
  boost::asio::steady_timer timer_;
};

}  // namespace parley::broker
