#include "broker/stream.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace parley::broker {
namespace {

using Ids = std::vector<StreamId>;

class StreamTest : public testing::Test {
 protected:
  void add(StreamId id, std::string_view value = "v") {
    const std::string_view words[] = {"f", value};
    stream.append(id, words, limits);
  }
  void fill(std::uint64_t count) {
    for (std::uint64_t n = 1; n <= count; ++n) add({n, 0});
  }
  Ids ids(const Range& range = {}) const {
    Ids found;
    stream.visit(range, [&](const Entry& entry) { found.push_back(entry.id); });
    return found;
  }
  std::uint64_t trim_to(std::uint64_t length, bool approximate = false) {
    return stream.trim({.by = Trim::By::kLength, .approximate = approximate, .length_max = length});
  }

  NodeLimits limits{.bytes_max = 4096, .entries_max = 4};
  Stream stream{"epoch"};
};

TEST_F(StreamTest, AnEntryKeepsItsWords) {
  const std::string long_word(300, 'x');
  const std::string_view words[] = {"a", "", "", "b", "a", long_word};
  stream.append({1, 1}, words, limits);
  std::vector<std::string> found;
  stream.visit({}, [&](const Entry& entry) {
    BodyReader reader(entry.body);
    std::string_view word;
    while (reader.next(word)) found.emplace_back(word);
  });
  EXPECT_EQ(found, std::vector<std::string>(std::begin(words), std::end(words)));
}

TEST_F(StreamTest, IdsMayBeAnywhereInTheirRange) {
  const Ids all{{0, 1}, {0, UINT64_MAX}, {1, 0}, {UINT64_MAX, 0}, {UINT64_MAX, UINT64_MAX}};
  for (const StreamId id : all) add(id);
  EXPECT_EQ(ids(), all);
  EXPECT_EQ(ids({.newest_first = true}), Ids(all.rbegin(), all.rend()));
}

TEST_F(StreamTest, ANodeTakesItsEntriesAndNoMore) {
  fill(9);
  EXPECT_EQ(stream.nodes(), 3U);
  limits = {.bytes_max = 4096, .entries_max = 0};
  add({10, 0}, std::string(4000, 'x'));
  add({11, 0}, std::string(100, 'x'));
  EXPECT_EQ(stream.nodes(), 4U);
}

TEST_F(StreamTest, RemovingTheLastEntryOfANodeRemovesTheNode) {
  fill(9);
  for (std::uint64_t n = 5; n <= 8; ++n) EXPECT_TRUE(stream.remove({n, 0}));
  EXPECT_FALSE(stream.remove({5, 0}));
  EXPECT_FALSE(stream.remove({5, 1}));
  EXPECT_EQ(stream.nodes(), 2U);
  EXPECT_EQ(ids(), (Ids{{1, 0}, {2, 0}, {3, 0}, {4, 0}, {9, 0}}));
  EXPECT_EQ(stream.max_deleted_id(), (StreamId{8, 0}));
}

TEST_F(StreamTest, ApproximateTrimmingRemovesWholeNodes) {
  fill(10);
  EXPECT_EQ(trim_to(7, true), 0U);
  EXPECT_EQ(trim_to(6, true), 4U);
  EXPECT_EQ(trim_to(1, true), 4U);
  EXPECT_EQ(trim_to(1), 1U);
  EXPECT_EQ(stream.length(), 1U);
  EXPECT_EQ(stream.max_deleted_id(), kStreamIdMin);
}

TEST_F(StreamTest, ALimitStopsTrimmingAtTheNodeThatIsTooMuch) {
  fill(12);
  EXPECT_EQ(stream.trim({.by = Trim::By::kId, .approximate = true, .id_min = {99, 0}, .limit = 7}),
            4U);
  EXPECT_EQ(stream.length(), 8U);
}

TEST_F(StreamTest, AnEmptiedStreamKeepsItsLastId) {
  fill(5);
  EXPECT_EQ(trim_to(0), 5U);
  EXPECT_EQ(stream.length(), 0U);
  EXPECT_EQ(stream.nodes(), 0U);
  EXPECT_EQ(stream.last_id(), (StreamId{5, 0}));
  EXPECT_EQ(stream.entries_added(), 5U);
  EXPECT_EQ(stream.first_entry_id(), kStreamIdMin);
}

TEST_F(StreamTest, MemoryIsGivenBack) {
  const std::size_t empty = stream.memory_bytes();
  fill(1000);
  EXPECT_GT(stream.memory_bytes(), empty + 1000);
  while (stream.dissolve(10)) {
  }
  EXPECT_EQ(stream.memory_bytes(), empty);
}

// The stream against a plain map, on random operations.
TEST_F(StreamTest, AgreesWithAPlainMap) {
  std::mt19937 random(7);
  const auto below = [&](std::uint64_t bound) { return random() % bound; };
  std::map<StreamId, int> plain;
  StreamId last{1, 0};
  for (int step = 0; step < 20'000; ++step) {
    switch (below(8)) {
      case 0: {
        const StreamId id{below(last.ms + 1), below(3)};
        EXPECT_EQ(stream.remove(id), plain.erase(id) == 1);
        break;
      }
      case 1: {
        const StreamId min{last.ms - std::min<std::uint64_t>(last.ms, below(400)), below(3)};
        stream.trim({.by = Trim::By::kId, .id_min = min});
        plain.erase(plain.begin(), plain.lower_bound(min));
        break;
      }
      case 2: {
        Range range{.first = {below(last.ms + 2), below(3)},
                    .last = {below(last.ms + 2), below(3)},
                    .count_max = below(20)};
        Ids expected;
        for (auto at = plain.lower_bound(range.first); at != plain.end() && at->first <= range.last;
             ++at) {
          expected.push_back(at->first);
        }
        Ids backward(expected.rbegin(), expected.rend());
        if (expected.size() > range.count_max) expected.resize(range.count_max);
        if (backward.size() > range.count_max) backward.resize(range.count_max);
        EXPECT_EQ(ids(range), expected);
        range.newest_first = true;
        EXPECT_EQ(ids(range), backward);
        break;
      }
      default:
        last = below(2) == 0 ? StreamId{last.ms, last.seq + 1} : StreamId{last.ms + 1, below(2)};
        add(last);
        plain.emplace(last, 0);
    }
    ASSERT_EQ(stream.length(), plain.size());
  }
}

}  // namespace
}  // namespace parley::broker
