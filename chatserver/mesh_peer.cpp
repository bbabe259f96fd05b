#include "chatserver/mesh_peer.h"

#include <algorithm>
#include <utility>

#include "chatserver/mesh_options.h"

namespace parley::chat::mesh {

MeshPeer::MeshPeer(Loop& loop, Log& log, ZmqContext& context, Where where, std::uint64_t self,
                   Owner& owner)
    : loop_(loop),
      log_(log),
      context_(context),
      where_(std::move(where)),
      self_(self),
      owner_(owner),
      subscribing_(loop, context, ZmqSocket::Kind::kSubscribe, *this) {
  if (!where_.keys.own_secret.empty()) subscribing_.encrypt_as_client(where_.keys);
  subscribing_.limit_frames(where_.frame_bytes_max);
  subscribing_.subscribe(std::string(kHelloTopic));
  subscribing_.subscribe(barrier_topic(self_, 0));
  subscribing_.connect(where_.endpoint);
}

void MeshPeer::received(ZmqSocket& socket, std::span<const std::string_view> frames) {
  if (&socket == &subscribing_) {
    const auto published = decode_published(frames);
    published ? heard(*published) : owner_.count_junk(*this);
    return;
  }
  auto answer = decode_answer(frames);
  const auto question = answer ? asked_.find(answer->number) : asked_.end();
  if (question == asked_.end() || question->second.room != answer->room) {
    if (!answer) owner_.count_junk(*this);
    return;
  }
  const std::string room = question->second.room;
  asked_.erase(question);
  answer->room = room;
  owner_.answered(*this, std::move(*answer));
  send_asks();
}

void MeshPeer::heard(const Published& published) {
  const std::uint64_t server = published.header.origin.server;
  if (server == self_) {
    if (!std::exchange(is_this_server_, true)) {
      log_.warn("mesh: {} is this server itself; it need not be given with --sub", where_.endpoint);
    }
    return;
  }
  if (published.header.kind == Kind::kHello) {
    hello(published);
    return;
  }
  // Nobody speaks for another, and one that is not known yet says hello first.
  if (server != server_ || !here_) return;
  heard_at_ = loop_.now();
  owner_.published(*this, published);
}

void MeshPeer::hello(const Published& hello) {
  const std::uint64_t server = hello.header.origin.server;
  const auto barrier = barrier_of_topic(hello.topic);
  heard_at_ = loop_.now();
  const bool is_another = server != server_ || hello.payload != ask_port_;
  // A greeting for this server alone: the connection has just been made.
  const bool is_greeting = barrier && barrier->number == 0;
  if (is_another) {
    if (here_) go("another server has taken its place");
    learn(server, hello.payload);
  }
  if (!here_ || is_greeting || is_another) {
    if (!std::exchange(here_, true)) {
      log_.info("mesh: {} is there (server {:x})", where_.endpoint, server);
    }
    owner_.came(*this);
  }
  if (barrier && barrier->number != 0) passed(*barrier);
}

void MeshPeer::learn(std::uint64_t server, std::string_view ask_port) {
  server_ = server;
  ask_port_ = ask_port;
  asking_.reset();
  const std::string endpoint = ask_endpoint(where_.endpoint, ask_port_);
  if (endpoint.empty()) {
    owner_.count_junk(*this);
    return;
  }
  ZmqSocket::Owner& owner = *this;
  asking_ = std::make_unique<ZmqSocket>(loop_, context_, ZmqSocket::Kind::kAsk, owner);
  if (!where_.keys.own_secret.empty()) asking_->encrypt_as_client(where_.keys);
  asking_->limit_frames(where_.frame_bytes_max);
  asking_->connect(endpoint);
}

// --- subscriptions in force ---

void MeshPeer::meet(const std::string& room) {
  to_meet_.push_back(room);
  if (barrier_ == 0) raise_barrier();
}

// One for all rooms that came together while the one before was up.
void MeshPeer::raise_barrier() {
  if (barrier_ != 0) subscribing_.unsubscribe(barrier_topic(self_, barrier_));
  std::ranges::move(to_meet_, std::back_inserter(meeting_));
  to_meet_.clear();
  barrier_ = ++barriers_;
  barrier_until_ = loop_.now() + kAnswerWait;
  subscribing_.subscribe(barrier_topic(self_, barrier_));
}

void MeshPeer::passed(const Barrier& barrier) {
  if (barrier.server != self_ || barrier.number != barrier_) return;
  subscribing_.unsubscribe(barrier_topic(self_, barrier_));
  barrier_ = 0;
  for (const std::string& room : std::exchange(meeting_, {})) owner_.met(*this, room);
  if (barrier_ == 0 && !to_meet_.empty()) raise_barrier();
}

// --- questions ---

void MeshPeer::ask(const std::string& room) {
  if (!is_to_ask_.insert(room).second) return;
  to_ask_.push_back(room);
  send_asks();
}

void MeshPeer::send_asks() {
  while (asking_ && asked_.size() < kAsksMax && !to_ask_.empty()) {
    const std::string room = std::move(to_ask_.front());
    to_ask_.pop_front();
    is_to_ask_.erase(room);
    const std::uint64_t number = ++asks_;
    Question& question = asked_[number];
    question.room = room;
    put(number, question);
  }
}

void MeshPeer::put(std::uint64_t number, Question& question) {
  question.until = loop_.now() + kAnswerWait;
  ++question.tries;
  asking_->send({encode({Kind::kAsk, {self_, 0, number, 0}}), question.room,
                 encode_known(owner_.known_of(question.room))});
}

// --- time ---

void MeshPeer::check_time(Loop::Clock::time_point now) {
  if (here_ && now > heard_at_ + kSilence) {
    go("nothing has come from it for 3 s");
    return;
  }
  if (here_ && barrier_ != 0 && now > barrier_until_) raise_barrier();
  ask_late_ones_again(now);
  send_asks();
}

// It may be busy, or the question was lost; the answer to either counts.
void MeshPeer::ask_late_ones_again(Loop::Clock::time_point now) {
  std::vector<std::string> given_up;
  for (auto& [number, question] : asked_) {
    if (now <= question.until) continue;
    question.tries < kTries ? put(number, question) : given_up.push_back(question.room);
  }
  std::erase_if(asked_, [&](const auto& asked) { return asked.second.until < now; });
  for (const std::string& room : given_up) owner_.gave_up(*this, room);
}

void MeshPeer::go(std::string_view why) {
  log_.warn("mesh: {} is away: {}", where_.endpoint, why);
  here_ = false;
  if (barrier_ != 0) subscribing_.unsubscribe(barrier_topic(self_, barrier_));
  barrier_ = 0;
  meeting_.clear();
  to_meet_.clear();
  to_ask_.clear();
  is_to_ask_.clear();
  asked_.clear();
  owner_.went(*this);
}

}  // namespace parley::chat::mesh
