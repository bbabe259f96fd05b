// A mesh of several servers over a network that loses, delays and doubles, at random from a seed;
// servers lose each other, forget the room, and are replaced. What must hold of each at every
// moment: of each sender what is shown is in its order and without a hole, nothing is shown twice;
// where that is not possible, the room has begun anew.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <random>
#include <set>

#include "chatserver/mesh_room.h"

namespace parley::chat::mesh {
namespace {

constexpr std::size_t kServers = 4;
constexpr int kSteps = 3'000;

struct Walk {
  std::uint64_t seed;
  std::size_t history;        // messages that each keeps
  bool all_is_known = false;  // no server fails, all questions are answered, all is kept
};

// A message, or a mark (no id).
struct Told {
  Origin origin;
  std::string id;
};

// The answer of a server that is on its way.
struct Reply {
  std::size_t from;
  std::uint64_t asker_life;
  Known own;
  std::vector<RoomHistory::Message> messages;
  bool lost;
};

// A server with members in the room, as ZmqBus runs it, and what its members have been shown.
class Server {
 public:
  // What each server has really said: by its number and run, in its order.
  using Truth = std::map<std::pair<std::uint64_t, std::uint64_t>, std::vector<std::string>>;

  Server(std::uint64_t number, std::uint64_t run, std::size_t keeps, const Truth& truth)
      : history_(keeps), room_(number, run), truth_(truth) {}

  std::uint64_t number() const { return room_.own().server; }
  const MeshRoom& room() const { return room_; }
  const RoomHistory& history() const { return history_; }
  std::uint64_t missed() const { return missed_; }

  // What it tells of itself; run 0: it knows nothing of the room.
  Known word() const { return history_.messages().empty() ? Known{number(), 0, 0} : room_.own(); }

  // Without a sequence if the id is known.
  Told say(const std::string& id, std::int64_t now) {
    if (history_.knows(id)) return {};
    const Origin origin = room_.next(now);
    history_.add({id, id, origin});
    show(id);
    return {origin, id};
  }

  // True: the sender is to be asked.
  bool hear(const Told& told) {
    if (told.id.empty()) return room_.mark(told.origin);
    const MeshRoom::Verdict verdict = room_.live(told.origin, told.id, told.id);
    if (verdict != MeshRoom::Verdict::kShow) return verdict == MeshRoom::Verdict::kAsk;
    if (history_.add({told.id, told.id, told.origin}).is_new) show(told.id);
    check();
    return false;
  }

  void gather() { room_.gather(); }

  // Who is to be asked again.
  std::vector<std::uint64_t> merge(MeshRoom::Batch batch) {
    const auto merged = room_.merge(history_, std::move(batch));
    missed_ += merged.missed;
    EXPECT_TRUE(merged.missed == 0 || merged.restarted) << "a loss is told";
    for (const auto& shown : merged.shown) show(shown.payload);
    if (merged.restarted) begin_anew();
    check();
    return merged.ask_again;
  }

 private:
  void show(const std::string& id) {
    EXPECT_TRUE(shown_.insert(id).second) << id << " is shown twice";
  }

  void begin_anew() {
    shown_.clear();
    known_.clear();
    for (const auto& message : history_.messages()) show(message.id);
    for (const Known& known : room_.known()) known_[known.server] = known;
  }

  // Whatever has come to be known since the last look was shown.
  void check() {
    for (const Known& now : room_.known()) {
      if (now.server == number()) continue;
      const auto [place, is_new] = known_.try_emplace(now.server, now);
      Known& before = place->second;
      if (is_new) continue;
      if (before.run == 0) before.run = now.run;                 // it had said nothing
      if (before.run != now.run && now.sequence == 0) continue;  // seen, but not shown yet
      EXPECT_EQ(before.run, now.run) << "a run that begins silently";
      EXPECT_LE(before.sequence, now.sequence);
      for (std::uint64_t n = before.sequence; n < now.sequence; ++n) {
        const std::string& id = truth_.at({now.server, now.run}).at(n);
        EXPECT_TRUE(shown_.contains(id)) << id << " was lost in silence";
      }
      before = now;
    }
  }

  RoomHistory history_;
  MeshRoom room_;
  const Truth& truth_;
  std::set<std::string> shown_;  // in this epoch
  std::map<std::uint64_t, Known> known_;
  std::uint64_t missed_ = 0;
};

class Mesh {
 public:
  explicit Mesh(const Walk& walk) : walk_(walk), random_(walk.seed), lives_(kServers) {
    for (std::size_t n = 0; n < kServers; ++n) servers_.push_back(make(n + 1));
  }

  void step() {
    ++now_;
    const std::size_t n = below(kServers);
    const std::size_t fate = below(40);
    if (fate == 0) return mark(n);
    if (fate <= 4 && !walk_.all_is_known) return fail(n, fate);
    const std::size_t what = below(3);
    if (what == 0) say(n);
    if (what == 1) deliver(n, below(kServers), true);
    if (what == 2) answer(n, true);
  }

  // The network works again: after the marks everybody knows of everybody's last word.
  void settle() {
    come_together();
    for (int round = 0; round < 10; ++round) {
      for (std::size_t n = 0; n < kServers; ++n) mark(n);
      for (std::size_t n = 0; n < kServers; ++n) {
        for (std::size_t m = 0; m < kServers; ++m) {
          while (!wires_[{n, m}].empty()) deliver(n, m, false);
        }
        while (!replies_[n].empty()) answer(n, false);
      }
    }
  }

  const Server& server(std::size_t n) const { return *servers_[n]; }

 private:
  std::size_t below(std::size_t limit) { return random_() % limit; }

  std::unique_ptr<Server> make(std::uint64_t number) {
    return std::make_unique<Server>(number, ++runs_, walk_.history, truth_);
  }

  // --- what is published ---

  void publish(std::size_t from, const Told& told) {
    for (std::size_t to = 0; to < kServers; ++to) {
      if (to != from && !parted_.contains({from, to})) wires_[{from, to}].push_back(told);
    }
  }

  void say(std::size_t n) {
    // Now and then what was sent to one server is sent again to another. An id is known as long as
    // its message is kept.
    const bool again = walk_.history > kSteps && !last_.empty() && below(10) == 0;
    if (!again) last_ = "m" + std::to_string(now_);
    const Told told = servers_[n]->say(last_, now_);
    if (told.origin.sequence == 0) return;
    truth_[{told.origin.server, told.origin.run}].push_back(told.id);
    publish(n, told);
  }

  void mark(std::size_t n) {
    const Known own = servers_[n]->room().own();
    if (own.sequence > 0) publish(n, {{own.server, own.run, own.sequence, now_}, ""});
  }

  void deliver(std::size_t from, std::size_t to, bool badly) {
    auto& wire = wires_[{from, to}];
    if (wire.empty()) return;
    const Told told = wire.front();
    const std::size_t luck = badly ? below(12) : 2;
    if (luck != 0) wire.pop_front();  // 0: it comes twice
    if (luck == 1) return;            // it is lost
    if (servers_[to]->hear(told)) ask(to, from);
  }

  // --- questions: what is answered is what was there then, but it takes its time to come ---

  void ask(std::size_t asker, std::size_t asked) {
    if (asker == asked) return;
    Reply reply{asked, lives_[asker], servers_[asked]->word(), {}, false};
    const auto known = servers_[asker]->room().known();
    for (const auto* message : MeshRoom::lacking(servers_[asked]->history(), known)) {
      reply.messages.push_back(*message);
    }
    reply.lost = parted_.contains({asked, asker});
    replies_[asker].push_back(std::move(reply));
  }

  void ask_everybody(std::size_t asker) {
    for (std::size_t n = 0; n < kServers; ++n) ask(asker, n);
  }

  void answer(std::size_t asker, bool badly) {
    auto& waiting = replies_[asker];
    if (waiting.empty()) return;
    Reply reply = std::move(waiting.front());
    waiting.pop_front();
    const std::uint64_t number = servers_[reply.from]->number();
    if (reply.asker_life != lives_[asker] || reply.own.server != number) return;
    MeshRoom::Batch batch;
    batch.here = here(asker);
    if (reply.lost || (badly && !walk_.all_is_known && below(8) == 0)) {
      batch.given_up.insert(number);
    } else {
      batch.answered.push_back(reply.own);
      batch.messages = std::move(reply.messages);
    }
    for (const std::uint64_t again : servers_[asker]->merge(std::move(batch))) {
      for (std::size_t n = 0; n < kServers; ++n) {
        if (servers_[n]->number() == again) ask(asker, n);
      }
    }
  }

  std::set<std::uint64_t> here(std::size_t n) const {
    std::set<std::uint64_t> numbers;
    for (std::size_t m = 0; m < kServers; ++m) {
      if (m != n && !parted_.contains({m, n})) numbers.insert(servers_[m]->number());
    }
    return numbers;
  }

  // --- failures ---

  void fail(std::size_t n, std::size_t how) {
    if (how == 1) begin(n, servers_[n]->number());  // it forgot the room
    if (how == 2) replace(n);
    if (how == 3) part(n, below(kServers));
    if (how == 4) come_together();
  }

  // With nothing but what others tell, some of them too late.
  void begin(std::size_t n, std::uint64_t number) {
    servers_[n] = make(number);
    lives_[n] = ++life_;
    servers_[n]->gather();
    MeshRoom::Batch batch;
    batch.here = here(n);
    for (std::size_t m = 0; m < kServers; ++m) {
      if (m == n || below(4) == 0) continue;
      const Server& other = *servers_[m];
      for (const auto* message : MeshRoom::lacking(other.history(), {})) {
        batch.messages.push_back(*message);
      }
      batch.answered.push_back(other.word());
    }
    servers_[n]->merge(std::move(batch));
    ask_everybody(n);
  }

  // It dies with what is on its wires; the others ask each other for its last words.
  void replace(std::size_t n) {
    for (std::size_t m = 0; m < kServers; ++m) wires_[{n, m}].clear();
    begin(n, 1'000 + ++life_);
    for (std::size_t m = 0; m < kServers; ++m) {
      if (m != n) ask_everybody(m);
    }
  }

  void part(std::size_t from, std::size_t to) {
    if (from == to || !parted_.insert({from, to}).second) return;
    wires_[{from, to}].clear();
    std::erase_if(replies_[to], [&](const Reply& reply) { return reply.from == from; });
    ask_everybody(to);
  }

  void come_together() {
    for (const auto& [from, to] : std::exchange(parted_, {})) ask(to, from);
  }

  Walk walk_;
  std::mt19937_64 random_;
  std::int64_t now_ = 0;
  std::uint64_t runs_ = 0;
  std::uint64_t life_ = 0;
  std::string last_;
  Server::Truth truth_;
  std::vector<std::unique_ptr<Server>> servers_;
  std::vector<std::uint64_t> lives_;
  std::map<std::pair<std::size_t, std::size_t>, std::deque<Told>> wires_;  // from, to
  std::map<std::size_t, std::deque<Reply>> replies_;                       // by asker
  std::set<std::pair<std::size_t, std::size_t>> parted_;                   // from, to
};

void expect_that_all_know_all_last_words(const Mesh& mesh) {
  for (std::size_t n = 0; n < kServers; ++n) {
    const auto known = mesh.server(n).room().known();
    for (std::size_t m = 0; m < kServers; ++m) {
      const Known own = mesh.server(m).room().own();
      if (m == n || own.sequence == 0) continue;
      EXPECT_NE(std::ranges::find(known, own), known.end()) << n << " does not know that of " << m;
    }
  }
}

class MeshWalk : public testing::TestWithParam<Walk> {};

TEST_P(MeshWalk, Nothing_is_lost_in_silence_or_shown_twice) {
  Mesh mesh(GetParam());
  for (int step = 0; step < kSteps && !HasFailure(); ++step) mesh.step();
  mesh.settle();
  expect_that_all_know_all_last_words(mesh);
  if (!GetParam().all_is_known) return;
  for (std::size_t n = 0; n < kServers; ++n) EXPECT_EQ(mesh.server(n).missed(), 0u);
}

std::vector<Walk> walks() {
  std::vector<Walk> all;
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    all.push_back({seed, 100'000});
    all.push_back({seed, 30});
    all.push_back({seed, 100'000, true});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Seeds, MeshWalk, testing::ValuesIn(walks()), [](const auto& each) {
  const Walk& walk = each.param;
  return std::to_string(walk.seed) + "Keeps" + std::to_string(walk.history) +
         (walk.all_is_known ? "AllIsKnown" : "");
});

}  // namespace
}  // namespace parley::chat::mesh
