#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "chatserver/lag.h"

namespace parley::chat {

/// What a server counts and measures, for /metrics. chatserver/metrics.cpp has the name and the
/// meaning of each; all can be added up over servers.
enum class Number : std::uint8_t {
  kConnections,
  kTextClients,
  kProtocolClients,
  kUnsentBytes,
  kRooms,
  kMembers,
  kPeople,
  kBusAway,
  kBusWaitingMessages,
  kBusWaitingBytes,
  kFrameBytes,
  kAccepted,
  kRefusedMaxConnections,
  kRefusedPerAddress,
  kCutSlow,
  kCutNoPong,
  kCutBadRequest,
  kCutStale,
  kCutWrongForm,
  kCutNotAvailable,
  kCutNotReady,
  kCutTooLarge,
  kCutBadFrame,
  kCutShutdown,
  kMessages,
  kDeliveries,
  kStored,
  kRefusedTooFast,
  kRefusedBadRequest,
  kRefusedByBus,
  kCatchUps,
  kCaughtUp,
  kBusOutages,
  kSentBytes,
  kTicks,
  kHandlers,
  kMeshPeers,
  kMeshPublished,
  kMeshReceived,
  kMeshFetched,
  kMeshMissed,
  kMeshJunk,
  kLagSumMs,
  kLag,  // the first bucket; the others follow
};

/// One value for each Number.
class Numbers {
 public:
  static constexpr std::size_t kCount =
      static_cast<std::size_t>(Number::kLag) + LagCounts::kBuckets;

  std::uint64_t& operator[](Number number) { return at(static_cast<std::size_t>(number)); }
  std::uint64_t operator[](Number number) const { return at(static_cast<std::size_t>(number)); }
  std::uint64_t& at(std::size_t place) { return values_[place]; }
  std::uint64_t at(std::size_t place) const { return values_[place]; }
  std::uint64_t lag_bucket(std::size_t n) const {
    return at(static_cast<std::size_t>(Number::kLag) + n);
  }
  void set_lag(const LagCounts& lag);

 private:
  std::array<std::uint64_t, kCount> values_{};
};

/// Where each worker writes its numbers from time to time, and any of them may read the sums. Each
/// value is whole; those of one moment need not be of the same tick.
class NumbersBoard {
 public:
  explicit NumbersBoard(std::size_t workers)
      : workers_(workers), rows_(std::make_unique<Row[]>(workers)) {}

  std::size_t workers() const { return workers_; }
  /// Only on that worker's thread.
  void write(std::size_t worker, const Numbers& numbers);
  Numbers sums() const;

 private:
  struct alignas(64) Row {
    std::array<std::atomic<std::uint64_t>, Numbers::kCount> values{};
  };

  std::size_t workers_;
  std::unique_ptr<Row[]> rows_;
};

}  // namespace parley::chat
