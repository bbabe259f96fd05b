#include "chatserver/mesh_room.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace parley::chat::mesh {
namespace {

// One server's view of a room.
struct Place {
  Place(std::uint64_t server, std::size_t kept, std::uint64_t run = 1)
      : room(server, run), history(kept) {}

  RoomHistory::Message say(const std::string& id, std::int64_t now_ms) {
    RoomHistory::Message message{id, "text of " + id, room.next(now_ms)};
    history.add(message);
    return message;
  }

  /// What came over the mesh. True if its sender has to be asked.
  bool hear(const RoomHistory::Message& message) {
    const auto verdict = room.live(message.origin, message.id, message.payload);
    if (verdict == MeshRoom::Verdict::kShow) history.add(message);
    return verdict == MeshRoom::Verdict::kAsk;
  }

  /// Asks another one for what is lacking here.
  MeshRoom::Merged ask(const Place& other, const std::set<std::uint64_t>& here) {
    MeshRoom::Batch batch;
    hear_answer(other, batch);
    batch.here = here;
    return room.merge(history, std::move(batch));
  }

  /// As when a room is opened: all others are asked, and answer.
  MeshRoom::Merged gather(const std::vector<const Place*>& others) {
    MeshRoom::Batch batch;
    room.gather();
    for (const Place* other : others) {
      hear_answer(*other, batch);
      batch.here.insert(other->room.own().server);
    }
    return room.merge(history, std::move(batch));
  }

  void hear_answer(const Place& other, MeshRoom::Batch& batch) const {
    for (const auto* message : MeshRoom::lacking(other.history, room.known())) {
      batch.messages.push_back(*message);
    }
    batch.answered.push_back(other.room.own());
  }

  std::vector<std::string> ids() const {
    std::vector<std::string> all;
    for (const auto& message : history.messages()) all.push_back(message.id);
    return all;
  }

  MeshRoom room;
  RoomHistory history;
};

TEST(MeshRoom, What_is_missing_is_asked_for_and_comes_in_order) {
  Place one(1, 100);
  Place two(2, 100);
  two.ask(one, {1});
  const auto a = one.say("a", 10);
  const auto b = one.say("b", 11);
  const auto c = one.say("c", 12);
  EXPECT_FALSE(two.hear(a));
  EXPECT_TRUE(two.hear(c)) << "b is missing";
  EXPECT_EQ(two.ids(), (std::vector<std::string>{"a"}));
  const auto merged = two.ask(one, {1});
  EXPECT_EQ(merged.missed, 0U);
  EXPECT_FALSE(merged.restarted);
  EXPECT_EQ(two.ids(), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_FALSE(two.hear(b)) << "it is known";
  EXPECT_EQ(two.ids().size(), 3U);
}

TEST(MeshRoom, What_nobody_has_any_more_is_told_and_the_room_begins_anew) {
  Place one(1, 2);
  Place two(2, 100);
  two.ask(one, {1});
  EXPECT_FALSE(two.hear(one.say("a", 10)));
  const std::string epoch = two.history.top().epoch;
  for (const char* id : {"b", "c", "d"}) one.say(id, 11);
  EXPECT_TRUE(two.hear(one.say("e", 12)));
  const auto merged = two.ask(one, {1});
  EXPECT_EQ(merged.missed, 2U) << "b and c";
  EXPECT_TRUE(merged.restarted);
  EXPECT_NE(two.history.top().epoch, epoch);
  EXPECT_EQ(two.ids(), (std::vector<std::string>{"a", "d", "e"}));
}

TEST(MeshRoom, A_mark_tells_that_the_last_words_were_missed) {
  Place one(1, 100);
  Place two(2, 100);
  two.ask(one, {1});
  const auto lost = one.say("lost", 10);
  EXPECT_TRUE(two.room.mark(lost.origin));
  EXPECT_FALSE(two.room.mark(lost.origin)) << "it is asked once";
  two.ask(one, {1});
  EXPECT_EQ(two.ids(), (std::vector<std::string>{"lost"}));
  EXPECT_FALSE(two.room.mark(lost.origin));
}

TEST(MeshRoom, A_message_under_one_id_is_one_whoever_tells_of_it) {
  Place one(1, 100);
  Place two(2, 100);
  Place three(3, 100);
  const auto first = one.say("same", 10);
  EXPECT_FALSE(three.hear(first));
  EXPECT_FALSE(three.hear(two.say("same", 11)));
  EXPECT_EQ(three.ids(), (std::vector<std::string>{"same"}));
}

TEST(MeshRoom, A_room_with_a_hole_that_nobody_can_fill_begins_anew_even_if_it_was_empty) {
  Place one(1, 100);
  const std::string epoch = one.history.top().epoch;
  MeshRoom::Batch batch;
  batch.has_hole = true;
  EXPECT_TRUE(one.room.merge(one.history, std::move(batch)).restarted);
  EXPECT_NE(one.history.top().epoch, epoch);
}

TEST(MeshRoom, What_is_held_is_bounded) {
  Place one(1, 100);
  Place two(2, 100);
  two.ask(one, {1});
  one.say("missed", 1);
  const std::string payload(1000, 'x');
  for (std::uint64_t n = 2; n < 20'000; ++n) {
    two.room.live({1, 1, n, 2}, std::to_string(n), payload);
  }
  MeshRoom::Batch batch;
  batch.given_up = {1};
  batch.here = {1};
  const auto merged = two.room.merge(two.history, std::move(batch));
  EXPECT_GT(merged.missed, 1U) << "what was not held";
  EXPECT_TRUE(merged.restarted);
}

// Server 1, whose first message has come, and the fifth.
class MeshGap : public testing::Test {
 protected:
  MeshGap() {
    place.hear(message(1));
    place.hear(message(5));
  }
  static RoomHistory::Message message(std::uint64_t sequence, std::uint64_t run = 1) {
    const auto at = static_cast<std::int64_t>(100 * run + sequence);
    return {std::to_string(at), "text", {1, run, sequence, at}};
  }
  MeshRoom::Merged answer(Known own) {
    MeshRoom::Batch batch;
    batch.answered.push_back(own);
    batch.here = {1};
    return place.room.merge(place.history, std::move(batch));
  }

  Place place{9, 100};
};

TEST_F(MeshGap, A_server_that_forgot_the_room_before_it_was_asked_has_nothing_to_wait_for) {
  place.room.mark({1, 1, 7, 0});
  EXPECT_EQ(answer({1, 0, 0}).missed, 5U) << "2 to 4, 6 and 7";
  EXPECT_EQ(place.ids(), (std::vector<std::string>{"101", "105"}));
  EXPECT_FALSE(place.hear(message(8)));
  EXPECT_EQ(place.ids().back(), "108");
}

TEST_F(MeshGap, What_was_missing_of_a_run_that_is_over_is_told) {
  EXPECT_TRUE(place.hear(message(1, 2)));
  EXPECT_EQ(answer({1, 2, 1}).missed, 4U);
  EXPECT_EQ(place.ids().back(), "201");
}

TEST_F(MeshGap, Numbers_at_their_borders_do_no_harm) {
  place.room.mark({1, 1, UINT64_MAX, 0});
  EXPECT_EQ(answer({1, 1, UINT64_MAX}).missed, UINT64_MAX - 2) << "all but 1 and 5";
  EXPECT_FALSE(place.hear(message(6)));
  EXPECT_FALSE(place.hear(message(0, UINT64_MAX)));
  EXPECT_EQ(place.ids().back(), "105");
}

// Its run before may have had last words, which it does not know any more.
TEST(MeshRoom, A_later_run_begins_the_room_anew) {
  Place one(1, 100);
  Place two(2, 100);
  EXPECT_FALSE(two.hear(one.say("a", 10)));
  const std::string epoch = two.history.top().epoch;
  one = Place(1, 100, 2);
  EXPECT_TRUE(two.hear(one.say("b", 11)));
  EXPECT_TRUE(two.ask(one, {1}).restarted);
  EXPECT_NE(two.history.top().epoch, epoch);
  EXPECT_EQ(two.ids(), (std::vector<std::string>{"a", "b"}));
  EXPECT_FALSE(two.hear(one.say("c", 12)));
  EXPECT_EQ(two.ids().size(), 3U);
}

TEST(MeshRoom, The_first_run_of_a_server_that_had_said_nothing_is_no_hole) {
  Place one(1, 100);
  Place two(2, 100);
  MeshRoom::Batch nothing;
  nothing.answered.push_back({1, 0, 0});
  two.room.merge(two.history, std::move(nothing));
  EXPECT_FALSE(two.hear(one.say("a", 10)));
  EXPECT_EQ(two.ids(), (std::vector<std::string>{"a"}));
}

TEST(MeshRoom, Senders_are_bounded) {
  Place place(9, 100);
  const std::uint64_t last = 10 + 2 * kSendersMax;
  for (std::uint64_t n = 10; n <= last; ++n) place.room.live({n, n, 1, 1}, "id", "text");
  EXPECT_EQ(place.room.known().size(), 1 + kSendersMax);
  EXPECT_EQ(place.room.live({last, last, 1, 1}, "id", "text"), MeshRoom::Verdict::kDrop);
}

// Messages are lost and doubled, servers die and new ones come. Everything is there in the end,
// once, in each sender's order.
class RandomMesh : public ::testing::TestWithParam<unsigned> {};

TEST_P(RandomMesh, Every_message_is_there_once_in_its_sender_s_order) {
  constexpr std::size_t kServers = 4;
  constexpr int kSteps = 2'000;
  std::mt19937 random(GetParam());
  const auto pick = [&](std::size_t below) { return random() % below; };
  std::vector<Place> places;
  std::set<std::uint64_t> here;
  for (std::size_t n = 0; n < kServers; ++n) {
    places.emplace_back(n + 1, kSteps);
    here.insert(n + 1);
  }
  std::uint64_t next_server = kServers + 1;
  std::vector<std::string> said;
  for (int step = 0; step < kSteps; ++step) {
    Place& speaker = places[pick(kServers)];
    said.push_back(std::to_string(step));
    const auto message = speaker.say(said.back(), step);
    for (Place& listener : places) {
      if (&listener == &speaker || pick(10) == 0) continue;  // lost
      bool asks = listener.hear(message);
      if (pick(10) == 0) asks |= listener.hear(message);
      if (asks && pick(3) > 0) {
        EXPECT_EQ(listener.ask(speaker, here).missed, 0U);
      }
    }
    if (pick(200) != 0) continue;
    // One dies when the others know all of it, and another one takes its place.
    const std::size_t n = pick(kServers);
    std::vector<const Place*> others;
    for (std::size_t m = 0; m < kServers; ++m) {
      if (m == n) continue;
      EXPECT_EQ(places[m].ask(places[n], here).missed, 0U);
      others.push_back(&places[m]);
    }
    here.erase(places[n].room.own().server);
    places[n] = Place(next_server, kSteps, static_cast<std::uint64_t>(step));
    here.insert(next_server++);
    places[n].gather(others);
  }
  for (Place& listener : places) {
    for (Place& other : places) {
      if (&listener != &other) {
        EXPECT_EQ(listener.ask(other, here).missed, 0U);
      }
    }
    std::vector<std::string> got = listener.ids();
    std::ranges::sort(got);
    std::vector<std::string> expected = said;
    std::ranges::sort(expected);
    EXPECT_EQ(got, expected) << "seed " << GetParam();
    std::map<std::uint64_t, std::pair<std::uint64_t, std::uint64_t>> last;
    for (const auto& message : listener.history.messages()) {
      const std::pair now(message.origin.run, message.origin.sequence);
      EXPECT_LT(last[message.origin.server], now) << "seed " << GetParam();
      last[message.origin.server] = now;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomMesh, ::testing::Range(1U, 9U));

}  // namespace
}  // namespace parley::chat::mesh
