#pragma once

#include <boost/unordered/unordered_flat_set.hpp>
#include <cstdint>

namespace parley {

class Flushable;

/// Which bytes must wait for a disk before they may leave.
///
/// Changes are numbered by the commit that makes them durable. Whoever changes or shows something
/// that is not durable yet says so with want(); what SocketWriters are given from then on, until
/// want_nothing(), leaves when open() has reached that number. With no store nothing is ever
/// wanted, and all of this costs one compare for each delivery.
///
/// Owned by a Loop, on its thread.
class CommitGate {
 public:
  using Number = std::uint64_t;

  /// True while what is written must wait.
  bool closed() const { return wanted_ > open_to_; }
  Number wanted() const { return wanted_; }
  void want(Number commit) {
    if (commit > wanted_) wanted_ = commit;
  }
  void want_nothing() { wanted_ = 0; }

  bool passed(Number commit) const { return commit <= open_to_; }
  /// Everything up to this commit is durable: those who wait are flushed at the end of the tick.
  void open(Number commit);

  void wait(Flushable& flushable) { waiting_.insert(&flushable); }
  void forget(Flushable& flushable) { waiting_.erase(&flushable); }

 private:
  Number wanted_ = 0;
  Number open_to_ = 0;
  boost::unordered_flat_set<Flushable*> waiting_;
};

}  // namespace parley
