#include "chatserver/zmq_bus.h"

#include <algorithm>
#include <utility>

#include "chatserver/identifier.h"
#include "chatserver/mesh_keys.h"
#include "chatserver/names.h"
#include "chatserver/rooms.h"

namespace parley::chat {

using mesh::Header;
using mesh::Kind;
using mesh::MeshPeer;
using mesh::MeshRoom;

ZmqBus::ZmqBus(Loop& loop, Log& log, const MeshOptions& options, const Limits& limits)
    : loop_(loop),
      log_(log),
      options_(options),
      self_(random_number()),
      context_(options.queue_messages),
      publishing_(loop, context_, ZmqSocket::Kind::kPublish, *this),
      answering_(loop, context_, ZmqSocket::Kind::kAnswer, *this),
      hello_(loop.io()),
      gather_timer_(loop.io()),
      histories_(limits.history_size, [this](const std::string& room) { forget(room); }) {
  MeshPeer::Where where;
  where.frame_bytes_max =
      std::max(kFrameBytesMin, static_cast<std::int64_t>(limits.message_bytes_max) * 8);
  publishing_.limit_frames(where.frame_bytes_max);
  answering_.limit_frames(where.frame_bytes_max);
  if (!options.key_file.empty()) {
    const PeerKeyPair pair = read_peer_key(options.key_file);
    where.keys = {pair.public_key, pair.secret_key, {}};
    gate_ = std::make_unique<mesh::MeshGate>(loop, log, context_, allowed_peers(options));
    publishing_.encrypt_as_server(where.keys);
    answering_.encrypt_as_server(where.keys);
  }
  publishing_.bind(options.publish);
  const std::string bound = publishing_.endpoint();
  const bool is_ipc = bound.starts_with(kIpcScheme);
  if (is_ipc) {
    answering_.bind(ask_endpoint(bound, kIpcPort));
    ask_port_ = kIpcPort;
  } else {
    const std::string beside = options.publish.substr(0, options.publish.rfind(':') + 1) + "0";
    answering_.bind(options.ask.empty() ? beside : options.ask);
    const std::string endpoint = answering_.endpoint();
    ask_port_ = endpoint.substr(endpoint.rfind(':') + 1);
  }
  log_.info(
      "mesh: this server {:x} publishes on {}, is asked on port {}, listens to {} other(s), {}",
      self_, bound, ask_port_, options.subscribe.size(), gate_ ? "encrypted" : "not encrypted");
  MeshPeer::Owner& owner = *this;
  for (const std::string& text : options.subscribe) {
    const MeshAddress address = mesh_address(text);
    where.endpoint = address.endpoint;
    where.keys.server_public = address.public_key;
    peers_.push_back(std::make_unique<MeshPeer>(loop, log, context_, where, self_, owner));
  }
}

ZmqBus::~ZmqBus() {
  log_.info("mesh: {} messages published, {} received, {} asked for, {} missed; {} times junk",
            counters_.published, counters_.received, counters_.fetched, counters_.missed,
            counters_.junk);
}

void ZmqBus::start(Sink& sink) {
  sink_ = &sink;
  started_at_ = Loop::Clock::now();
  tick();
  sink.bus_state(true);
}

BusNumbers ZmqBus::numbers() const {
  BusNumbers numbers = counters_;
  numbers.peers = static_cast<std::uint64_t>(std::ranges::count_if(peers_, &MeshPeer::here));
  return numbers;
}

// --- rooms ---

ZmqBus::Room* ZmqBus::find(const std::string& name) {
  const auto found = rooms_.find(name);
  return found == rooms_.end() ? nullptr : &found->second;
}

ZmqBus::Room& ZmqBus::room_of(const std::string& name) {
  const auto found = rooms_.find(name);
  if (found != rooms_.end()) return found->second;
  // Later runs have higher numbers, whatever was forgotten meanwhile and wherever the clock goes.
  last_run_ = std::max(last_run_ + 1, static_cast<std::uint64_t>(wall_clock_ms()));
  return rooms_.emplace(name, Room(MeshRoom(self_, last_run_))).first->second;
}

void ZmqBus::forget(const std::string& name) {
  const Room* room = find(name);
  if (room == nullptr || room->open || room->gathering) return;
  marked_.erase(name);
  rooms_.erase(name);
}

void ZmqBus::subscribe(const std::string& name, Subscribed done) {
  Room& room = room_of(name);
  room.open = true;
  for (const auto& peer : peers_) peer->subscribe(mesh::room_topic(name));
  const auto begin = [this, name, done = std::move(done)] { gather(name, [done] { done({}); }); };
  // What was asked before the subscription does not count.
  if (room.gathering) {
    room.gathering->done.push_back(begin);
  } else {
    begin();
  }
}

void ZmqBus::unsubscribe(const std::string& name) {
  Room* room = find(name);
  if (room == nullptr || !std::exchange(room->open, false)) return;
  room->closed_at = loop_.now();
  for (const auto& peer : peers_) peer->unsubscribe(mesh::room_topic(name));
  // Nothing is kept of it, or it was forgotten while it was open.
  if (!room->gathering && histories_.find(name) == nullptr) {
    marked_.erase(name);
    rooms_.erase(name);
  }
}

void ZmqBus::publish(const std::string& name, std::string_view message_id, std::string_view payload,
                     Published done) {
  RoomHistory& history = histories_.of(name);
  Room& room = room_of(name);
  RoomHistory::Message message{std::string(message_id), std::string(payload), {}};
  if (!history.knows(message_id)) message.origin = room.mesh.next(wall_clock_ms());
  const Origin origin = message.origin;
  const auto [position, is_new] = history.add(std::move(message));
  if (is_new) {
    ++counters_.published;
    publishing_.send(
        {mesh::room_topic(name), mesh::encode({Kind::kMessage, origin}), message_id, payload});
    room.hellos_since_message = 0;
    marked_.insert(name);
    if (room.open) sink_->bus_message(name, position, payload);
  }
  done({}, position);
}

void ZmqBus::announce(const std::string& name, std::string_view payload, Published done) {
  publishing_.send({mesh::room_topic(name),
                    mesh::encode({Kind::kAnnouncement, {self_, 0, 0, wall_clock_ms()}}), "",
                    payload});
  const Room* room = find(name);
  if (room && room->open) sink_->bus_message(name, {}, payload);
  done({}, {});
}

void ZmqBus::read_history(const std::string& name, const HistoryRequest& request,
                          HistoryRead done) {
  const auto read = [this, name, request, done = std::move(done)] {
    // To ask makes no room, which would drive out another.
    const RoomHistory* history = histories_.find(name);
    done({}, history ? history->read(request) : HistoryPage{});
  };
  Room& room = room_of(name);
  if (room.gathering) {
    room.gathering->done.push_back(read);
  } else if (room.open) {
    read();
  } else {
    gather(name, read);
  }
}

// --- gathering ---

void ZmqBus::gather(const std::string& name, std::function<void()> done) {
  Room& room = room_of(name);
  room.gathering = std::make_unique<Gathering>();
  room.gathering->done.push_back(std::move(done));
  const Time now = loop_.now();
  const bool young = now < started_at_ + kStartWait;
  room.gathering->until = young ? started_at_ + kStartWait : now + kGatherWait;
  for (const auto& peer : peers_) {
    if (peer->here() || (young && peer->server() == 0)) {
      room.gathering->awaited.insert(peer.get());
    }
  }
  if (room.gathering->awaited.empty()) {
    gathered(name);
    return;
  }
  room.mesh.gather();
  const bool open = room.open;
  gathering_.insert(name);
  for (const auto& peer : peers_) {
    if (!peer->here()) continue;
    open ? peer->meet(name) : peer->ask(name);
  }
  if (gathering_.size() > 1) return;
  gather_timer_.expires_at(room.gathering->until);
  gather_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) check_gatherings();
  });
}

void ZmqBus::check_gatherings() {
  const Time now = Loop::Clock::now();
  const std::set<std::string> names = gathering_;
  Time next = Time::max();
  for (const std::string& name : names) {
    const Room* room = find(name);
    if (room == nullptr || !room->gathering) continue;
    if (room->gathering->until <= now) {
      gathered(name);
    } else {
      next = std::min(next, room->gathering->until);
    }
  }
  if (gathering_.empty()) return;
  gather_timer_.expires_at(std::min(next, now + kGatherWait));
  gather_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) check_gatherings();
  });
}

void ZmqBus::stop_awaiting(MeshPeer& peer, const std::string& name) {
  Room* room = find(name);
  if (room == nullptr || !room->gathering) return;
  room->gathering->awaited.erase(&peer);
  if (room->gathering->awaited.empty()) gathered(name);
}

void ZmqBus::gathered(const std::string& name) {
  Room& room = room_of(name);
  gathering_.erase(name);
  const std::unique_ptr<Gathering> gathering = std::move(room.gathering);
  const bool is_nothing = in_namespace(name) || (!room.open && gathering->batch.messages.empty() &&
                                                 histories_.find(name) == nullptr);
  if (is_nothing) {
    room.mesh.end_gathering();
    if (!room.open) rooms_.erase(name);
  } else {
    MeshRoom::Batch& batch = gathering->batch;
    batch.here = servers_here();
    batch.has_hole = has_hole(room, *gathering);
    const Merged merged = room.mesh.merge(histories_.of(name), std::move(batch));
    tell(name, merged, "others");
    room.closed_at = loop_.now();  // what was before has been told
    if (room.open) ask_again(name, merged);
  }
  for (const auto& done : gathering->done) done();
}

// A server that may have lived since the room was closed, and says nothing now, may have published.
bool ZmqBus::has_hole(const Room& room, const Gathering& gathering) const {
  return std::ranges::any_of(peers_, [&](const auto& peer) {
    const bool answered = std::ranges::any_of(gathering.batch.answered, [&](const auto& known) {
      return known.server == peer->server();
    });
    return peer->server() != 0 && !answered &&
           peer->heard_at() + MeshPeer::kSilence > room.closed_at;
  });
}

std::set<std::uint64_t> ZmqBus::servers_here() const {
  std::set<std::uint64_t> servers;
  for (const auto& peer : peers_) {
    if (peer->here()) servers.insert(peer->server());
  }
  return servers;
}

// --- other servers ---

void ZmqBus::came(MeshPeer& peer) {
  for (const auto& [name, room] : rooms_) {
    if (room.open) peer.meet(name);
  }
  // Rooms that are only read here.
  for (const std::string& name : gathering_) {
    if (!rooms_.at(name).open) peer.ask(name);
  }
  sink_->bus_met();
}

void ZmqBus::went(MeshPeer& peer) {
  const std::set<std::string> names = gathering_;
  for (const std::string& name : names) stop_awaiting(peer, name);
  std::vector<std::string> open;
  for (const auto& [name, room] : rooms_) {
    if (room.open && !in_namespace(name)) open.push_back(name);
  }
  // The others may have heard last words of it that did not come here.
  bool asked = false;
  for (const auto& other : peers_) {
    if (!other->here()) continue;
    asked = true;
    for (const std::string& name : open) other->ask(name);
  }
  if (asked) return;
  for (const std::string& name : open) gave_up(peer, name);
}

void ZmqBus::met(MeshPeer& peer, const std::string& name) {
  if (in_namespace(name)) {
    stop_awaiting(peer, name);
  } else {
    peer.ask(name);
  }
}

std::vector<mesh::Known> ZmqBus::known_of(const std::string& name) {
  const Room* room = find(name);
  return room ? room->mesh.known() : std::vector<mesh::Known>();
}

void ZmqBus::published(MeshPeer& peer, const mesh::Published& published) {
  const std::string name(*mesh::room_of_topic(published.topic));
  Room* room = find(name);
  if (room == nullptr || !room->open) return;
  ++counters_.received;
  const auto& [kind, origin] = published.header;
  if (kind == Kind::kAnnouncement) {
    sink_->bus_message(name, {}, published.payload);
    return;
  }
  if (kind == Kind::kMark) {
    if (room->mesh.mark(origin)) peer.ask(name);
    return;
  }
  switch (room->mesh.live(origin, published.id, published.payload)) {
    case MeshRoom::Verdict::kAsk:
      peer.ask(name);
      return;
    case MeshRoom::Verdict::kDrop:
      return;
    case MeshRoom::Verdict::kShow:
      break;
  }
  const auto [position, is_new] =
      histories_.of(name).add({std::string(published.id), std::string(published.payload), origin});
  if (is_new) sink_->bus_message(name, position, published.payload);
}

void ZmqBus::answered(MeshPeer& peer, mesh::Answer answer) {
  const std::string name(answer.room);
  Room* room = find(name);
  if (room == nullptr) return;
  if (answer.own.server != peer.server()) {
    count_junk(peer);
    return;
  }
  MeshRoom::Batch batch;
  batch.messages = std::move(answer.messages);
  batch.answered.push_back(answer.own);
  if (room->gathering) {
    MeshRoom::Batch& all = room->gathering->batch;
    std::ranges::move(batch.messages, std::back_inserter(all.messages));
    all.answered.push_back(answer.own);
    stop_awaiting(peer, name);
  } else if (room->open) {
    take_late(name, std::move(batch), peer);
  }
}

void ZmqBus::gave_up(MeshPeer& peer, const std::string& name) {
  Room* room = find(name);
  if (room == nullptr) return;
  if (room->gathering) {
    stop_awaiting(peer, name);
  } else if (room->open) {
    MeshRoom::Batch batch;
    batch.given_up.insert(peer.server());
    take_late(name, std::move(batch), peer);
  }
}

void ZmqBus::take_late(const std::string& name, MeshRoom::Batch batch, const MeshPeer& peer) {
  batch.here = servers_here();
  const Merged merged = room_of(name).mesh.merge(histories_.of(name), std::move(batch));
  tell(name, merged, peer.endpoint());
  if (merged.restarted && merged.missed == 0) {
    log_.info("mesh: room {} was put in order with older messages of {}", name, peer.endpoint());
  }
  ask_again(name, merged);
  for (const MeshRoom::Shown& shown : merged.shown) {
    sink_->bus_message(name, shown.position, shown.payload);
  }
  if (merged.restarted) sink_->bus_restarted(name);
}

// What a full queue or a broken connection has cost is never passed over in silence.
void ZmqBus::tell(const std::string& name, const Merged& merged, std::string_view whose) {
  counters_.missed += merged.missed;
  counters_.fetched += merged.fetched;
  if (merged.missed > 0) {
    log_.warn("mesh: missed {} message(s) of {} in room {}; {} in all. Its members begin anew",
              merged.missed, whose, name, counters_.missed);
  }
  const Time now = loop_.now();
  if (merged.fetched == 0 || now < fetched_quiet_until_) return;
  fetched_quiet_until_ = now + kLogPause;
  log_.info(
      "mesh: {} message(s) of {} in room {} did not come by themselves and were asked for; {} "
      "in all",
      merged.fetched, whose, name, counters_.fetched);
}

void ZmqBus::ask_again(const std::string& name, const Merged& merged) {
  for (const std::uint64_t server : merged.ask_again) {
    for (const auto& peer : peers_) {
      if (peer->here() && peer->server() == server) peer->ask(name);
    }
  }
}

// --- what others want of us ---

void ZmqBus::received(ZmqSocket& socket, std::span<const std::string_view> frames) {
  if (&socket == &publishing_) {
    if (frames.size() == 1) wanted(frames[0]);
    return;
  }
  const auto ask = mesh::decode_ask(frames.subspan(std::min<std::size_t>(1, frames.size())));
  if (!ask) {
    tell_junk("a question");
    return;
  }
  reply(frames[0], *ask);
}

void ZmqBus::wanted(std::string_view subscription) {
  if (subscription.empty() || subscription[0] != '\1') return;
  const std::string_view topic = subscription.substr(1);
  const auto barrier = mesh::barrier_of_topic(topic);
  if (!barrier) return;
  say_hello(topic);
  // It has come, so it can hear us now: it may not know yet who is here.
  if (barrier->number == 1) sink_->bus_met();
}

void ZmqBus::reply(std::string_view asker, const mesh::Ask& ask) {
  const std::string name(ask.room);
  const Room* room = find(name);
  const RoomHistory* history = histories_.find(name);
  std::string messages;
  mesh::Known own{self_, 0, 0};
  if (room && history) {
    own = room->mesh.own();
    for (const RoomHistory::Message* message : MeshRoom::lacking(*history, ask.known)) {
      mesh::append_message(messages, *message);
    }
  }
  answering_.send({asker, mesh::encode({Kind::kAnswer, {self_, 0, ask.number, 0}}), name,
                   mesh::encode_known({&own, 1}), messages});
}

// --- time ---

void ZmqBus::tick() {
  say_hello(mesh::kHelloTopic);
  send_marks();
  for (const auto& peer : peers_) peer->check_time(loop_.now());
  hello_.expires_after(MeshPeer::kHello);
  hello_.async_wait([this](const boost::system::error_code& error) {
    if (!error) tick();
  });
}

void ZmqBus::say_hello(std::string_view topic) {
  publishing_.send(
      {topic, mesh::encode({Kind::kHello, {self_, 0, 0, wall_clock_ms()}}), ask_port_});
}

void ZmqBus::send_marks() {
  std::erase_if(marked_, [&](const std::string& name) {
    Room* room = find(name);
    if (room == nullptr) return true;
    const int hellos = ++room->hellos_since_message;
    if (std::ranges::find(kMarks, hellos) != std::end(kMarks)) {
      const mesh::Known& own = room->mesh.own();
      const Header header{Kind::kMark, {own.server, own.run, own.sequence, wall_clock_ms()}};
      publishing_.send({mesh::room_topic(name), mesh::encode(header), "", ""});
    }
    return hellos >= *std::ranges::max_element(kMarks);
  });
}

// --- junk ---

void ZmqBus::count_junk(const MeshPeer& peer) {
  tell_junk(peer.endpoint());
}

void ZmqBus::tell_junk(std::string_view from) {
  ++counters_.junk;
  const Time now = loop_.now();
  if (now < quiet_until_) return;
  quiet_until_ = now + kLogPause;
  log_.warn("mesh: junk from {} is ignored, {} time(s) so far", from, counters_.junk);
}

}  // namespace parley::chat
