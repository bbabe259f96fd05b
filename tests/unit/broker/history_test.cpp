#include "broker/history.h"

#include <gtest/gtest.h>

#include <set>

namespace parley::broker {
namespace {

class HistoryTest : public testing::Test {
 protected:
  HistoryTest() {
    history.observe({.changed = [this](const Key& key) { changed.push_back(key.name()); },
                     .grown = [this](const Key& key) { grown.push_back(key.name()); }});
  }
  Key& add(std::string_view name, std::uint64_t ms = 1) {
    Key& key = history.find_or_create(0, name);
    const std::string_view words[] = {"f", "v"};
    history.append(key, {ms, 0}, words);
    return key;
  }
  Key* find(std::string_view name) { return history.find(0, name); }

  std::int64_t now_ms = 1'000'000;
  HistoryLimits limits{.once = {.ids_max = 3, .age_max = std::chrono::seconds(10)}};
  History history{limits, [this] { return now_ms; }};
  std::vector<std::string> changed;
  std::vector<std::string> grown;
};

using Names = std::vector<std::string>;

TEST_F(HistoryTest, AKeyWhoseTimeIsOverIsGone) {
  history.expire_at(add("s"), now_ms + 100);
  now_ms += 99;
  EXPECT_NE(find("s"), nullptr);
  now_ms += 1;
  EXPECT_EQ(find("s"), nullptr);
  EXPECT_EQ(history.database(0).size(), 0U);
  EXPECT_EQ(history.counters().expired, 1U);
}

TEST_F(HistoryTest, ExpiringGoesOnTurnByTurn) {
  const std::size_t count = History::kExpiriesPerTurn + 10;
  for (std::size_t n = 0; n < count; ++n) {
    history.expire_at(add("s" + std::to_string(n)), now_ms + 100);
  }
  add("stays");
  now_ms += 100;
  EXPECT_TRUE(history.maintain());
  EXPECT_EQ(history.database(0).size(), 11U);
  EXPECT_FALSE(history.maintain());
  EXPECT_EQ(history.database(0).size(), 1U);
}

TEST_F(HistoryTest, ThoseWhoWatchAreToldOfEveryChange) {
  Key& key = add("s");
  EXPECT_EQ(changed, Names{"s"});
  EXPECT_EQ(grown, Names{"s"});
  changed.clear();
  history.trim(key, {.by = Trim::By::kLength, .length_max = 5});
  history.set_position(key, {.last_id = {9, 0}});
  EXPECT_EQ(changed, Names{});
  history.rename(key, "t");
  EXPECT_EQ(changed, (Names{"s", "t"}));
  EXPECT_EQ(grown, (Names{"s", "t"}));
  history.erase(key);
  EXPECT_EQ(changed, (Names{"s", "t", "t"}));
}

TEST_F(HistoryTest, TheEpochChangesWhenTheLastIdGoesBack) {
  Key& key = add("s", 5);
  const std::string epoch = key.stream().epoch();
  history.set_position(key, {.last_id = {9, 0}});
  EXPECT_EQ(key.stream().epoch(), epoch);
  history.set_position(key, {.last_id = {8, 0}});
  EXPECT_NE(key.stream().epoch(), epoch);
}

TEST_F(HistoryTest, MessageIdsAreForgottenByNumberAndByAge) {
  Key& key = add("s");
  for (const std::string_view id : {"a", "b", "c", "d"}) history.remember_once(key, id, 7);
  EXPECT_FALSE(history.seen_once(key, "a"));
  EXPECT_EQ(history.seen_once(key, "b"), 7U);
  EXPECT_EQ(history.once_ids(), 3U);
  now_ms += 10'001;
  history.maintain();
  EXPECT_EQ(history.once_ids(), 0U);
  EXPECT_FALSE(history.seen_once(key, "d"));
}

TEST(OnceWindows, AnIdThatCameBackIsForgottenWithItsLaterOffset) {
  OnceWindow window;
  window.remember("a", 1, 100, 10);
  window.remember("b", 2, 200, 10);
  window.remember("a", 3, 300, 10);
  EXPECT_EQ(window.find("a"), 3U);
  window.forget_before(250);
  EXPECT_EQ(window.find("a"), 3U);
  EXPECT_FALSE(window.find("b"));
  window.forget_before(350);
  EXPECT_FALSE(window.find("a"));
  EXPECT_EQ(window.size(), 0U);
}

TEST_F(HistoryTest, MessageIdsOfAllStreamsAreLimitedTogether) {
  history.limits().once.ids_total_max = 4;
  for (const std::string_view name : {"s", "t"}) {
    for (const std::string_view id : {"a", "b", "c"})
      history.remember_once(add(name, grown.size() + 1), id, 1);
  }
  EXPECT_EQ(history.once_ids(), 4U);
  EXPECT_FALSE(history.seen_once(*find("t"), "a"));
  EXPECT_FALSE(history.seen_once(*find("t"), "b"));
  EXPECT_TRUE(history.seen_once(*find("t"), "c"));
}

TEST_F(HistoryTest, MemoryIsCountedAndGivenBack) {
  for (std::uint64_t n = 1; n <= 50'000; ++n) add("s", n);
  const std::string other = "other";
  add(other);
  EXPECT_GT(history.memory_bytes(), 50'000U);
  history.erase(*find("s"));
  history.erase(*find(other));
  EXPECT_EQ(history.memory_bytes(), 0U);
  while (history.maintain()) {
  }
}

TEST_F(HistoryTest, AScanShowsOnceWhatIsThereAllTheTime) {
  std::set<std::string> stay;
  for (int n = 0; n < 500; ++n) {
    stay.insert(add("stay" + std::to_string(n)).name());
    add("go" + std::to_string(n));
  }
  std::multiset<std::string> found;
  std::uint64_t cursor = 0;
  int next = 0;
  do {
    cursor =
        history.database(0).scan(cursor, 10, [&](const Key& key) { found.insert(key.name()); });
    for (int n = 0; n < 4 && next < 500; ++n, ++next) {
      history.erase(*find("go" + std::to_string(next)));
      add("new" + std::to_string(next));
    }
  } while (cursor != 0);
  for (const std::string& name : stay) EXPECT_EQ(found.count(name), 1U) << name;
}

}  // namespace
}  // namespace parley::broker
