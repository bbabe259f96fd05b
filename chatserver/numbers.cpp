#include "chatserver/numbers.h"

namespace parley::chat {

void Numbers::set_lag(const LagCounts& lag) {
  (*this)[Number::kLagSumMs] = lag.sum_ms;
  for (std::size_t n = 0; n < LagCounts::kBuckets; ++n) {
    at(static_cast<std::size_t>(Number::kLag) + n) = lag.buckets[n];
  }
}

void NumbersBoard::write(std::size_t worker, const Numbers& numbers) {
  for (std::size_t place = 0; place < Numbers::kCount; ++place) {
    rows_[worker].values[place].store(numbers.at(place), std::memory_order_relaxed);
  }
}

Numbers NumbersBoard::sums() const {
  Numbers sums;
  for (std::size_t worker = 0; worker < workers_; ++worker) {
    for (std::size_t place = 0; place < Numbers::kCount; ++place) {
      sums.at(place) += rows_[worker].values[place].load(std::memory_order_relaxed);
    }
  }
  return sums;
}

}  // namespace parley::chat
