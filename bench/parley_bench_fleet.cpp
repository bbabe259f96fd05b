#include "bench/parley_bench_fleet.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "bench/parley_bench_names.h"

namespace parley::bench {
namespace {

constexpr int kEventsMax = 1024;
// How long to look for events before sleeping. A server that wakes a sleeper with each of its sends
// pays for that (an interrupt to the other core; in a virtual machine dearer than the send), and
// that would be no cost of its own: real clients sleep on other machines.
constexpr std::chrono::microseconds kSpin{50};
// A stalled subscriber's kernel shall not hide the server's queue for long.
constexpr int kStalledReceiveBytes = 64 * 1024;
// redis-server searches a client's whole list of patterns before it adds one: 100,000 of one client
// would be five thousand million steps.
constexpr std::size_t kPatternsEach = 1000;

}  // namespace

Fleet::Fleet(const Options& options, Wire& wire) : options_(options), wire_(wire) {
  epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  if (epoll_ < 0) throw BenchError(std::string("epoll_create1: ") + std::strerror(errno));
  const int channels = options.channels;
  for (int i = 0; i < channels; ++i) {
    channel_names_.push_back(channel_name(options.channel_prefix, i));
  }
  publishers_.resize(channels);

  const bool members = wire.publishers_are_members();
  const int own = options.pub_port == 0 ? options.publishers * channels : 0;
  int receivers = options.subscribers;
  for (int i = 0; i < options.subscribers; ++i) {
    const bool publishes = members && i < own;
    Peer& peer = add(publishes ? Role::both : Role::subscriber, i % channels);
    if (publishes) publishers_[i % channels].push_back(&peer);
  }
  for (int i = 0; i < options.stalled; ++i) add(Role::stalled, i % channels);
  if (members && options.pub_port != 0) {
    for (int i = 0; i < options.publishers * channels; ++i, ++receivers) {
      publishers_[i % channels].push_back(&add(Role::both, i % channels));
    }
  } else if (!members) {
    for (int i = 0; i < options.publishers; ++i) {
      Peer& peer = add(Role::publisher, 0);
      for (auto& list : publishers_) list.push_back(&peer);
    }
  }
  deliveries_each_ = std::max(1, options.psubscribe);
  fanout_ = receivers / channels * deliveries_each_;
  if (options.patterns > 0) hold_patterns();
}

Fleet::~Fleet() {
  ::close(epoll_);
}

Peer& Fleet::add(Role role, int channel) {
  static constexpr std::array kRoles = {"subscriber", "publisher", "member", "stalled subscriber"};
  auto& list = role == Role::stalled ? stalled_ : peers_;
  const int index = static_cast<int>(peers_.size() + stalled_.size());
  const bool publishes = role == Role::publisher || role == Role::both;
  const int port = publishes ? options_.publish_port()
                             : options_.subscriber_port(static_cast<std::size_t>(index));
  Connection::Target target{options_.host, port, 0};
  if (role == Role::stalled) target.receive_buffer_bytes = kStalledReceiveBytes;
  const std::string name =
      std::string(kRoles[static_cast<int>(role)]) + " " + std::to_string(list.size());
  Peer& peer = list.emplace_back(target, name, options_.timeout_seconds);
  peer.channel = channel;
  peer.receives = role == Role::subscriber || role == Role::both;
  const bool by_pattern = peer.receives && options_.psubscribe > 0;
  wire_.join(peer.connection,
             {channel_names_[channel], index, role != Role::publisher && !by_pattern}, scratch_);
  if (by_pattern) psubscribe(peer, options_.psubscribe);
  if (role == Role::stalled) return peer;
  epoll_event event{EPOLLIN, {.ptr = &peer}};
  ::epoll_ctl(epoll_, EPOLL_CTL_ADD, peer.connection.fd(), &event);
  return peer;
}

void Fleet::psubscribe(Peer& peer, int count) {
  std::vector<std::string> patterns;
  for (int i = 0; i < count; ++i) {
    patterns.push_back(matching_pattern(options_.channel_prefix, patterns_made_++));
  }
  subscribe_in_bulk(peer.connection, wire_, Bulk::psubscribe, patterns, scratch_);
}

void Fleet::hold_patterns() {
  for (int held = 0; held < options_.patterns;) {
    std::vector<std::string> patterns;
    while (held < options_.patterns && patterns.size() < kPatternsEach) {
      patterns.push_back(shaped_pattern(options_.pattern_shape, held++));
    }
    Connection& holder =
        pattern_holders_.emplace_back(Connection::Target{options_.host, options_.port, 0},
                                      "pattern holder", options_.timeout_seconds);
    wire_.join(holder, {"", 0, false}, scratch_);
    subscribe_in_bulk(holder, wire_, Bulk::psubscribe, patterns, scratch_);
  }
}

void Fleet::set_payload(std::string_view payload) {
  payload_ = payload;
  publishes_.assign(channel_names_.size(), {});
  if (!wire_.publishes_alike()) return;
  for (std::size_t i = 0; i < channel_names_.size(); ++i) {
    wire_.append_publish(publishes_[i], channel_names_[i], payload_);
  }
}

void Fleet::publish(std::uint64_t n) {
  const std::uint64_t channels = channel_names_.size();
  for (std::uint64_t i = 0; i < n; ++i) {
    const std::uint64_t channel = published_ % channels;
    const auto& turn = publishers_[channel];
    Peer& peer = *turn[published_ / channels % turn.size()];
    if (publishes_[channel].empty()) {
      wire_.append_publish(peer.connection.out(), channel_names_[channel], payload_);
    } else {
      peer.connection.out() += publishes_[channel];
    }
    if (!peer.touched) {
      peer.touched = true;
      touched_.push_back(&peer);
    }
    ++published_;
  }
  for (Peer* peer : touched_) {
    peer->touched = false;
    flush(*peer);
  }
  touched_.clear();
}

void Fleet::flush(Peer& peer) {
  const bool wants_out = !peer.connection.flush();
  if (wants_out == peer.wants_out) return;
  peer.wants_out = wants_out;
  epoll_event event{EPOLLIN | (wants_out ? EPOLLOUT : 0u), {.ptr = &peer}};
  ::epoll_ctl(epoll_, EPOLL_CTL_MOD, peer.connection.fd(), &event);
}

const std::vector<Fleet::Ready>& Fleet::wait(std::chrono::nanoseconds longest) {
  std::array<epoll_event, kEventsMax> events;
  int n = ::epoll_wait(epoll_, events.data(), kEventsMax, 0);
  if (n == 0 && longest.count() > 0) {
    const auto begin = Clock::now();
    const auto spin_end = begin + std::min<std::chrono::nanoseconds>(longest, kSpin);
    while (n == 0 && Clock::now() < spin_end) {
      n = ::epoll_wait(epoll_, events.data(), kEventsMax, 0);
    }
    if (n == 0 && longest > kSpin) {
      const auto ns = (longest - kSpin).count();
      const timespec limit{ns / 1'000'000'000, ns % 1'000'000'000};
      n = ::epoll_pwait2(epoll_, events.data(), kEventsMax, &limit, nullptr);
    }
    waited_ += Clock::now() - begin;
  }
  if (n < 0 && errno != EINTR) throw BenchError(std::string("epoll: ") + std::strerror(errno));
  ready_.clear();
  for (int i = 0; i < n; ++i) {
    const auto what = events[i].events;
    ready_.push_back(
        {static_cast<Peer*>(events[i].data.ptr), (what & ~EPOLLOUT) != 0, (what & EPOLLOUT) != 0});
  }
  return ready_;
}

bool Fleet::poll(std::chrono::nanoseconds longest, Tally& tally) {
  for (const Ready& ready : wait(longest)) {
    Peer& peer = *ready.peer;
    if (ready.out) flush(peer);
    if (!ready.in) continue;
    if (peer.receives && reading_ == Reading::counted) {
      const std::size_t n = peer.connection.discard(scratch_);
      peer.bytes += n;
      counted_bytes_ += n;
    } else {
      read_parsed(peer, tally);
    }
  }
  return !ready_.empty();
}

void Fleet::read_parsed(Peer& peer, Tally& tally) {
  read_into(peer.connection, wire_, tally, tally.answers, scratch_);
  if (!tally.first_error.empty()) peer.connection.fail(tally.first_error);
}

std::uint64_t Fleet::published_on(int channel) const {
  const std::uint64_t channels = channel_names_.size();
  return published_ / channels + (published_ % channels > static_cast<unsigned>(channel) ? 1 : 0);
}

void Fleet::reset_counts() {
  published_ = 0;
  counted_bytes_ = 0;
  for (Peer& peer : peers_) peer.bytes = 0;
}

int Fleet::stalled_cut() {
  int cut = 0;
  for (Peer& peer : stalled_) {
    if (peer.connection.drain(scratch_, after(0.05))) ++cut;
  }
  return cut;
}

}  // namespace parley::bench
