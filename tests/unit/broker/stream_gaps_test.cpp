#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "broker/stream.h"

namespace parley::broker {
namespace {

// A stream with gaps, what it has on disk, and the same stream whole.
class Walk {
 public:
  explicit Walk(std::uint32_t seed) : random_(seed) {}

  void step() {
    switch (pick(10)) {
      case 0:
      case 1:
      case 2:
      case 3:
        append();
        break;
      case 4:
        remove();
        break;
      case 5:
        trim();
        break;
      case 6:
      case 7:
        partial_.evict(pick(3000), UINT64_MAX);
        break;
      default:
        compare(random_range());
    }
    EXPECT_EQ(partial_.length(), whole_.length());
    EXPECT_EQ(partial_.nodes(), whole_.nodes());
  }

  void compare(const Range& range) {
    bring_back(range);
    EXPECT_EQ(shown(partial_, range), shown(whole_, range));
  }

  int readings = 0;

 private:
  struct OnDisk {
    bool begins_node;
    bool removed;
  };

  std::uint64_t pick(std::uint64_t below) { return random_() % below; }
  StreamId random_id() { return {pick(last_ + 2), 0}; }
  Range random_range() {
    Range range{.first = random_id(), .last = random_id(), .newest_first = pick(2) == 0};
    if (pick(3) == 0) range.first = kStreamIdMin;
    if (pick(3) == 0) range.last = kStreamIdMax;
    if (pick(2) == 0) range.count_max = pick(12);
    return range;
  }

  void append() {
    bring_back({.count_max = 1, .newest_first = true});
    last_ += 1 + pick(3);
    const StreamId id{last_, 0};
    const bool begins_node = partial_.append(id, kWords, kLimits);
    EXPECT_EQ(begins_node, whole_.append(id, kWords, kLimits));
    disk_[id] = {begins_node, false};
  }

  void remove() {
    const StreamId id = random_id();
    bring_back({.first = id, .last = id});
    const auto node = partial_.node_around(id);
    const bool removed = partial_.remove(id);
    EXPECT_EQ(removed, whole_.remove(id));
    if (!removed) return;
    disk_[id].removed = true;
    if (!partial_.node_around(id)) {
      disk_.erase(disk_.lower_bound(node->first), disk_.upper_bound(node->second));
    }
  }

  void trim() {
    Trim trim{.by = pick(2) ? Trim::By::kLength : Trim::By::kId, .approximate = pick(2) == 0};
    trim.length_max = whole_.length() - std::min(whole_.length(), pick(20));
    trim.id_min = {last_ - std::min(last_, pick(3 * whole_.length() + 1)), 0};
    if (trim.approximate) trim.limit = pick(30);
    bring_back(partial_.trimmed_by(trim, 0));
    EXPECT_EQ(partial_.trim(trim), whole_.trim(trim));
    disk_.erase(disk_.begin(), disk_.lower_bound(partial_.begin_id()));
  }

  void bring_back(const Range& range) {
    for (int tries = 0; const auto gap = partial_.missing(range); ++tries) {
      ASSERT_LT(tries, 1000) << "a gap that cannot be filled";
      GapContent content = read(*gap);
      // Between asking and filling, others may have been driven out.
      if (pick(4) == 0 && tries < 20) partial_.evict(pick(1000), UINT64_MAX);
      partial_.fill(*gap, std::move(content));
      ++readings;
    }
  }

  // As the store reads: whole nodes that have what is wanted, and perhaps more of the gap.
  GapContent read(const Gap& gap) {
    auto begin = disk_.lower_bound(gap.begin);
    auto end = gap.end ? disk_.lower_bound(*gap.end) : disk_.end();
    const auto gap_begin = begin;
    const auto gap_end = end;
    if (begin != end && pick(3) > 0) {
      const StreamId wanted = gap.wanted.newest_first ? gap.wanted.last : gap.wanted.first;
      auto at = disk_.upper_bound(wanted);
      while (at != begin && (at == end || at->first > wanted)) --at;
      while (at != begin && !at->second.begins_node) --at;
      begin = at;
      for (++at; at != end && !at->second.begins_node;) ++at;
      end = at;
    }
    GapContent content{.nodes = {}, .from_begin = begin == gap_begin, .to_end = end == gap_end};
    for (auto at = begin; at != end; ++at) add(gap, at->first, at->second, content);
    return content;
  }

  static void add(const Gap& gap, StreamId id, const OnDisk& entry, GapContent& content) {
    if (entry.begins_node) content.nodes.emplace(id, StreamNode(id));
    StreamNode& node = std::prev(content.nodes.end())->second;
    StreamNode::Position at;
    const std::uint64_t offset = node.append(id, kWords);
    if ((entry.removed || id < gap.trimmed_below) && node.read(offset, at)) node.remove(at);
  }

  static std::vector<StreamId> shown(const Stream& stream, const Range& range) {
    std::vector<StreamId> ids;
    stream.visit(range, [&](const Entry& entry) { ids.push_back(entry.id); });
    return ids;
  }

  static constexpr std::string_view kWords[] = {"f", "v"};
  static constexpr NodeLimits kLimits{.bytes_max = 4096, .entries_max = 5};

  std::mt19937 random_;
  Stream partial_{"epoch"};
  Stream whole_{"epoch"};
  std::map<StreamId, OnDisk> disk_;
  std::uint64_t last_ = 0;
};

TEST(StreamGaps, AStreamThatIsPartlyOnDiskShowsWhatAWholeOneShows) {
  int readings = 0;
  for (std::uint32_t seed = 0; seed < 300 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    Walk walk(seed);
    for (int n = 0; n < 400 && !testing::Test::HasFailure(); ++n) walk.step();
    walk.compare({});
    readings += walk.readings;
  }
  EXPECT_GT(readings, 1000);
}

TEST(StreamGaps, WhatIsNotOnDiskYetStays) {
  constexpr std::string_view kWords[] = {"f", "v"};
  constexpr NodeLimits kLimits{.bytes_max = 4096, .entries_max = 1};
  Stream stream{"epoch"};
  for (std::uint64_t n = 1; n <= 4; ++n) {
    stream.set_commit(n);
    stream.append({n, 0}, kWords, kLimits);
  }
  stream.evict(SIZE_MAX, 2);
  const auto gap = stream.missing({});
  ASSERT_TRUE(gap);
  EXPECT_EQ(gap->begin, (StreamId{1, 0}));
  EXPECT_EQ(gap->end, (StreamId{3, 0}));
  EXPECT_FALSE(stream.missing({.first = {3, 0}}));
}

TEST(StreamGaps, ARangeBehindTheLastEntryNeedsNothing) {
  constexpr std::string_view kWords[] = {"f", "v"};
  Stream stream{"epoch"};
  stream.append({7, 0}, kWords, {});
  stream.evict(SIZE_MAX, UINT64_MAX);
  EXPECT_TRUE(stream.missing({.first = {7, 0}}));
  EXPECT_FALSE(stream.missing({.first = {7, 1}}));
  EXPECT_FALSE(stream.missing({.count_max = 0}));
}

}  // namespace
}  // namespace parley::broker
