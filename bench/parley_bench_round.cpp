#include "bench/parley_bench_round.h"

#include <algorithm>
#include <chrono>

namespace parley::bench {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kAttemptsMax = 8;
constexpr double kAttemptSeconds = 1.0;
constexpr double kDoublesSeconds = 0.02;  // how long a round listens for a second copy
constexpr std::uint32_t kLastRound = 999'999;

class RoundTally : public Tally {
 public:
  explicit RoundTally(std::uint32_t number) : number_(number) {}

  void reading(Peer& peer) { peer_ = &peer; }
  void delivery(std::string_view body, std::size_t wire_bytes) override {
    if (!has_mark(body, number_)) {
      ++strays;
      return;
    }
    ++deliveries;
    ++peer_->marks;
    peer_->frame_bytes = wire_bytes;
  }

  std::uint64_t strays = 0;

 private:
  std::uint32_t number_;
  Peer* peer_ = nullptr;
};

/// True: every receiver got the message exactly as often as it should.
bool play(Fleet& fleet, const Options& options, RoundTally& tally, std::uint32_t number,
          double seconds) {
  for (Peer& peer : fleet.peers()) peer.marks = 0;
  fleet.set_payload(marked_payload(options.payload_bytes, number));
  const std::uint64_t channels = fleet.channels();
  fleet.reset_counts();
  fleet.publish(channels);
  const auto deadline = after(seconds);
  const std::uint64_t replies = fleet.wire().replies() ? channels : 0;
  while ((tally.deliveries < fleet.fanout() * channels || tally.replies < replies) &&
         Clock::now() < deadline) {
    fleet.poll_each(deadline - Clock::now(), tally);
  }
  for (const auto end = after(kDoublesSeconds); Clock::now() < end;) fleet.poll_each(1ms, tally);
  if (tally.replies < replies) return false;
  return std::ranges::all_of(fleet.peers(), [&](const Peer& peer) {
    return peer.marks == (peer.receives ? fleet.deliveries_each() : 0);
  });
}

void settle(Fleet& fleet) {
  Tally tally;
  const auto end = after(fleet.wire().settle_seconds());
  while (Clock::now() < end) fleet.poll(20ms, tally);
}

/// Names the first receiver that has not what it should.
[[noreturn]] void complain(Fleet& fleet, const std::string& when, const RoundTally& tally) {
  for (const Peer& peer : fleet.peers()) {
    if (!peer.receives || peer.marks == fleet.deliveries_each()) continue;
    peer.connection.fail(when + ", " + std::to_string(peer.marks) + " copies of one message, not " +
                         std::to_string(fleet.deliveries_each()));
  }
  if (tally.strays > 0) {
    throw BenchError(when + ", " + std::to_string(tally.strays) + " deliveries too many");
  }
  throw BenchError(when + ", a publish was not answered");
}

}  // namespace

std::size_t first_round(Fleet& fleet, const Options& options) {
  fleet.set_reading(Fleet::Reading::parsed);
  settle(fleet);
  for (std::uint32_t attempt = 1;; ++attempt) {
    RoundTally tally(attempt);
    if (play(fleet, options, tally, attempt, kAttemptSeconds)) break;
    // Strays of earlier attempts are no complaint.
    if (attempt == kAttemptsMax) complain(fleet, "before the run", RoundTally(attempt));
  }
  fleet.reset_counts();
  std::size_t frame_bytes = 0;
  for (const Peer& peer : fleet.peers()) {
    if (!peer.receives || !fleet.wire().fixed_size()) continue;
    if (frame_bytes == 0) frame_bytes = peer.frame_bytes;
    if (peer.frame_bytes != frame_bytes || peer.connection.has_kept()) {
      peer.connection.fail("deliveries differ in size (" + std::to_string(frame_bytes) + " and " +
                           std::to_string(peer.frame_bytes) + " bytes): cannot count by bytes");
    }
  }
  return frame_bytes;
}

void last_round(Fleet& fleet, const Options& options, std::size_t frame_bytes) {
  if (frame_bytes > 0) {
    for (const Peer& peer : fleet.peers()) {
      const std::uint64_t wanted =
          peer.receives ? fleet.published_on(peer.channel) * fleet.deliveries_each() * frame_bytes
                        : 0;
      if (peer.bytes == wanted) continue;
      peer.connection.fail("got " + std::to_string(peer.bytes) + " bytes instead of " +
                           std::to_string(wanted) + ": the counts of this run are wrong");
    }
  }
  fleet.set_reading(Fleet::Reading::parsed);
  RoundTally tally(kLastRound);
  const bool whole = play(fleet, options, tally, kLastRound, options.timeout_seconds);
  if (!whole || tally.strays > 0) complain(fleet, "after the run", tally);
  for (const Peer& peer : fleet.peers()) {
    if (!peer.receives || frame_bytes == 0 || peer.frame_bytes == frame_bytes) continue;
    peer.connection.fail("deliveries changed their size during the run");
  }
}

}  // namespace parley::bench
