// The Outbox against a plain string, on seeded random operations.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <random>
#include <string>
#include <vector>

#include "common/outbox.h"
#include "tests/unit/common/unsent.h"

namespace parley {
namespace {

// Outboxes that hear some of the same channels, each beside the string that it should be.
class Twins {
 public:
  explicit Twins(unsigned seed) : random_(seed) {
    for (int i = 0; i < 2; ++i) channels_.emplace_back(pool_);
    for (int i = 0; i < 3; ++i) outboxes_.emplace_back(pool_);
    expected_.resize(outboxes_.size());
  }

  void step() {
    if (below(3) == 0) {
      publish();
    } else {
      change(below(outboxes_.size()));
    }
  }

  // Each outbox offers the bytes that its string holds.
  bool agree() const {
    for (std::size_t i = 0; i < outboxes_.size(); ++i) {
      if (outboxes_[i].bytes() != expected_[i].size()) return false;
      if (unsent(outboxes_[i]) != expected_[i]) return false;
    }
    return true;
  }

  std::size_t held_when_all_is_sent() {
    for (Outbox& outbox : outboxes_) outbox.consume(outbox.bytes());
    channels_.clear();
    return pool_.bytes_in_use();
  }

 private:
  std::size_t below(std::size_t limit) { return random_() % limit; }

  // Mostly small, some around the border between copying and sharing, few larger than a chunk.
  std::string text() {
    static constexpr std::size_t kSizes[] = {1, 30, 100, 511, 512, 513, 2000, 4096, 9000, 70000};
    const std::size_t most = kSizes[std::min(below(10), below(10))];
    std::string text(most - below(most / 3 + 1), '\0');
    for (char& c : text) c = static_cast<char>(random_());
    return text;
  }

  void publish() {
    const Frame frame = channels_[below(channels_.size())].write({text()});
    for (std::size_t i = 0; i < outboxes_.size(); ++i) {
      if (below(4) == 0) continue;
      outboxes_[i].append(frame);
      expected_[i] += frame.bytes();
    }
  }

  void change(std::size_t i) {
    switch (below(12)) {
      case 0:
      case 1:
      case 2:
      case 3:
        return write(i);
      case 4:
      case 5:
      case 6:
      case 7:
        return consume(i, below(std::min<std::size_t>(expected_[i].size(), 5000) + 1));
      case 8:
        return consume(i, expected_[i].size());
      case 9:
      case 10:
        return outboxes_[i].blocked();
      default:
        if (below(10) != 0) return;
        outboxes_[i].clear();
        expected_[i].clear();
    }
  }

  void write(std::size_t i) {
    const std::string bytes = text();
    outboxes_[i].write(bytes);
    expected_[i] += bytes;
  }

  void consume(std::size_t i, std::size_t n) {
    outboxes_[i].consume(n);
    expected_[i].erase(0, n);
  }

  std::mt19937 random_;
  ChunkPool pool_;
  std::deque<FrameWriter> channels_;
  std::deque<Outbox> outboxes_;
  std::vector<std::string> expected_;
};

TEST(Outbox, BehavesLikeAString) {
  for (unsigned seed = 1; seed <= 100; ++seed) {
    Twins twins(seed);
    for (int step = 0; step < 400; ++step) {
      twins.step();
      ASSERT_TRUE(twins.agree()) << "seed " << seed << ", step " << step;
    }
    EXPECT_EQ(twins.held_when_all_is_sent(), 0u) << "seed " << seed;
  }
}

}  // namespace
}  // namespace parley
