#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "bench/parley_bench_options.h"
#include "bench/parley_bench_wire.h"

namespace parley::bench {

/// A connection of the load.
struct Peer {
  Peer(const Connection::Target& target, std::string name, double timeout_seconds)
      : connection(target, std::move(name), timeout_seconds) {}

  Connection connection;
  int channel = 0;
  bool receives = false;

  bool wants_out = false;   // armed for writability
  bool touched = false;     // has something to flush
  std::uint64_t bytes = 0;  // received since the start of the run, when counting
  // Of the current round, see parley_bench_round.h.
  std::uint64_t marks = 0;
  std::size_t frame_bytes = 0;
};

// All connections of a run: subscribers, publishers, subscribers that never read, idle holders
// of patterns. It publishes and receives; when, is up to the loops. Single thread.
class Fleet {
 public:
  enum class Reading { parsed, counted };

  /// Connects and subscribes everyone; returns when all is confirmed. Throws BenchError.
  Fleet(const Options& options, Wire& wire);
  ~Fleet();

  /// Deliveries that one message causes, those to stalled subscribers not counted.
  std::uint64_t fanout() const { return fanout_; }
  std::uint64_t deliveries_each() const { return deliveries_each_; }
  int channels() const { return static_cast<int>(channel_names_.size()); }
  std::deque<Peer>& peers() { return peers_; }
  Wire& wire() { return wire_; }

  /// From now on receivers are read so. Counted needs the size of a frame.
  void set_reading(Reading reading) { reading_ = reading; }
  /// What publish(n) sends.
  void set_payload(std::string_view payload);
  /// Publishes n messages, going round the channels.
  void publish(std::uint64_t n);
  /// Waits at most so long for anything to happen, and handles all that did. False: nothing did.
  bool poll(std::chrono::nanoseconds wait, Tally& tally);
  /// As poll(), but tells `tally.reading(peer)` whose bytes come next, and parses always.
  template <class PeerTally>
  void poll_each(std::chrono::nanoseconds wait, PeerTally& tally);

  std::uint64_t published() const { return published_; }
  std::uint64_t published_on(int channel) const;
  std::uint64_t counted_bytes() const { return counted_bytes_; }
  void reset_counts();
  /// Time in which there was nothing to do but wait for the servers.
  std::chrono::nanoseconds waited() const { return waited_; }

  /// Reads what the stalled subscribers were sent; how many of them the server had cut off.
  int stalled_cut();

 private:
  struct Ready {
    Peer* peer;
    bool in;
    bool out;
  };
  enum class Role { subscriber, publisher, both, stalled };

  Peer& add(Role role, int channel);
  void hold_patterns();
  void psubscribe(Peer& peer, int count);
  const std::vector<Ready>& wait(std::chrono::nanoseconds longest);
  void read_parsed(Peer& peer, Tally& tally);
  void flush(Peer& peer);

  const Options& options_;
  Wire& wire_;
  Scratch scratch_;
  int epoll_ = -1;
  std::vector<std::string> channel_names_;
  std::deque<Peer> peers_;  // receivers and publishers
  std::deque<Peer> stalled_;
  std::deque<Connection> pattern_holders_;
  std::vector<std::vector<Peer*>> publishers_;  // by channel
  std::uint64_t fanout_ = 0;
  std::uint64_t deliveries_each_ = 1;
  int patterns_made_ = 0;

  Reading reading_ = Reading::parsed;
  std::string payload_;
  std::vector<std::string> publishes_;  // by channel, if they are always alike
  std::vector<Peer*> touched_;
  std::vector<Ready> ready_;
  std::uint64_t published_ = 0;
  std::uint64_t counted_bytes_ = 0;
  std::chrono::nanoseconds waited_{0};
};

template <class PeerTally>
void Fleet::poll_each(std::chrono::nanoseconds longest, PeerTally& tally) {
  for (const Ready& ready : wait(longest)) {
    if (ready.out) flush(*ready.peer);
    if (!ready.in) continue;
    tally.reading(*ready.peer);
    read_parsed(*ready.peer, tally);
  }
}

}  // namespace parley::bench
