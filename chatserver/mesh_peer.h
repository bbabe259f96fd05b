#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "chatserver/mesh_frame.h"
#include "chatserver/zmq_socket.h"
#include "common/log.h"
#include "common/loop.h"

namespace parley::chat::mesh {

/// Another server of the mesh, as this one sees it: the connection over which it tells what is
/// published there, and one over which it is asked.
///
/// It is here while signs of life come from it. ZeroMQ makes broken connections again by itself;
/// what was subscribed to is in force then, but what was published meanwhile was missed, so its
/// owner is told that it has come, each time.
///
/// Owned by ZmqBus, on its thread.
class MeshPeer final : private ZmqSocket::Owner {
 public:
  /// So often a server says that it lives; after so long without it is taken for dead.
  static constexpr std::chrono::milliseconds kHello{500};
  static constexpr std::chrono::seconds kSilence{3};
  /// So long an answer is waited for, and so often the question is put.
  static constexpr std::chrono::seconds kAnswerWait{2};
  static constexpr int kTries = 3;
  /// Questions that are open at a time; others wait.
  static constexpr std::size_t kAsksMax = 64;

  class Owner {
   public:
    virtual void came(MeshPeer& peer) = 0;
    virtual void went(MeshPeer& peer) = 0;
    virtual void published(MeshPeer& peer, const Published& published) = 0;
    /// What was subscribed to before meet(room) is in force.
    virtual void met(MeshPeer& peer, const std::string& room) = 0;
    virtual std::vector<Known> known_of(const std::string& room) = 0;
    virtual void answered(MeshPeer& peer, Answer answer) = 0;
    virtual void gave_up(MeshPeer& peer, const std::string& room) = 0;
    virtual void count_junk(const MeshPeer& peer) = 0;

   protected:
    ~Owner() = default;
  };

  struct Where {
    std::string endpoint;
    CurveKeys keys;  // empty: not encrypted
    std::int64_t frame_bytes_max;
  };

  /// `self` is the number of this server.
  MeshPeer(Loop& loop, Log& log, ZmqContext& context, Where where, std::uint64_t self,
           Owner& owner);

  void subscribe(const std::string& topic) { subscribing_.subscribe(topic); }
  void unsubscribe(const std::string& topic) { subscribing_.unsubscribe(topic); }
  /// Leads to met().
  void meet(const std::string& room);
  /// What does it have of the room that is not known here? Leads to answered() or gave_up().
  void ask(const std::string& room);
  /// To be called every kHello.
  void check_time(Loop::Clock::time_point now);

  bool here() const { return here_; }
  /// 0 if it was never heard of.
  std::uint64_t server() const { return server_; }
  Loop::Clock::time_point heard_at() const { return heard_at_; }
  const std::string& endpoint() const { return where_.endpoint; }

 private:
  struct Question {
    std::string room;
    Loop::Clock::time_point until;
    int tries = 0;
  };

  void received(ZmqSocket& socket, std::span<const std::string_view> frames) override;
  void heard(const Published& published);
  void hello(const Published& hello);
  void learn(std::uint64_t server, std::string_view ask_port);
  void passed(const Barrier& barrier);
  void raise_barrier();
  void send_asks();
  void put(std::uint64_t number, Question& question);
  void ask_late_ones_again(Loop::Clock::time_point now);
  void go(std::string_view why);

  Loop& loop_;
  Log& log_;
  ZmqContext& context_;
  Where where_;
  std::uint64_t self_;
  Owner& owner_;
  ZmqSocket subscribing_;
  std::unique_ptr<ZmqSocket> asking_;  // when it is known where

  bool here_ = false;
  bool is_this_server_ = false;
  std::uint64_t server_ = 0;
  std::string ask_port_;
  Loop::Clock::time_point heard_at_{};

  std::vector<std::string> to_meet_;  // at the next barrier
  std::vector<std::string> meeting_;  // at the one that is up
  std::uint64_t barrier_ = 0;         // 0: none is up
  std::uint64_t barriers_ = 0;
  Loop::Clock::time_point barrier_until_{};

  std::deque<std::string> to_ask_;
  std::unordered_set<std::string> is_to_ask_;  // the same
  std::map<std::uint64_t, Question> asked_;    // by number
  std::uint64_t asks_ = 0;
};

}  // namespace parley::chat::mesh
