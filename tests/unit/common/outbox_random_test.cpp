// The Outbox against a plain string, on seeded random operations.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "common/outbox.h"
#include "tests/unit/common/unsent.h"

namespace parley {
namespace {

// What an outbox should hold: bytes, and where frames end, counted from the first byte ever.
class Expected {
 public:
  const std::string& bytes() const { return bytes_; }

  void add(std::string_view bytes) { bytes_ += bytes; }
  void end_frame() { frame_ends_.insert(sent_ + bytes_.size()); }
  void consume(std::size_t n) {
    bytes_.erase(0, n);
    sent_ += n;
  }
  void clear() {
    bytes_.clear();
    frame_ends_ = {sent_};
  }
  void keep_started_frame() {
    const std::size_t end = *frame_ends_.lower_bound(sent_);
    bytes_.resize(end - sent_);
    frame_ends_ = {end};
  }

 private:
  std::string bytes_;
  std::size_t sent_ = 0;
  std::set<std::size_t> frame_ends_ = {0};
};

// Outboxes that hear some of the same channels, each beside what it should hold.
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
      const std::size_t i = below(outboxes_.size());
      change(outboxes_[i], expected_[i]);
    }
  }

  // Each outbox offers the bytes that it should hold.
  bool agree() const {
    for (std::size_t i = 0; i < outboxes_.size(); ++i) {
      if (outboxes_[i].bytes() != expected_[i].bytes().size()) return false;
      if (unsent(outboxes_[i]) != expected_[i].bytes()) return false;
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
      expected_[i].add(frame.bytes());
      expected_[i].end_frame();
    }
  }

  void change(Outbox& outbox, Expected& expected) {
    const std::size_t unsent = expected.bytes().size();
    const std::size_t choice = below(60);
    if (choice < 20) {
      write(outbox, expected);
    } else if (choice < 40) {
      consume(outbox, expected, below(std::min<std::size_t>(unsent, 5000) + 1));
    } else if (choice < 45) {
      consume(outbox, expected, unsent);
    } else if (choice < 57) {
      outbox.blocked();
    } else if (choice < 59) {
      outbox.keep_started_frame();
      expected.keep_started_frame();
    } else {
      outbox.clear();
      expected.clear();
    }
  }

  // A frame in one to three pieces.
  void write(Outbox& outbox, Expected& expected) {
    for (std::size_t pieces = 1 + below(3), i = 0; i < pieces; ++i) {
      const std::string bytes = text();
      outbox.write(bytes, i == 0);
      expected.add(bytes);
    }
    expected.end_frame();
  }

  void consume(Outbox& outbox, Expected& expected, std::size_t n) {
    outbox.consume(n);
    expected.consume(n);
  }

  std::mt19937 random_;
  ChunkPool pool_;
  std::deque<FrameWriter> channels_;
  std::deque<Outbox> outboxes_;
  std::vector<Expected> expected_;
};

TEST(Outbox, BehavesLikeAString) {
  for (unsigned seed = 1; seed <= 40; ++seed) {
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
