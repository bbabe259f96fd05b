#include "chatserver/rooms.h"

#include <algorithm>
#include <chrono>
#include <tuple>

#include "chatserver/identifier.h"
#include "chatserver/names.h"
#include "chatserver/room.h"
#include "chatserver/websocket_frame.h"

namespace parley::chat {

std::int64_t wall_clock_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

Member::~Member() {
  rooms_.leave(*this);
}

std::string_view Member::room() const {
  return room_ ? std::string_view(room_->name) : std::string_view();
}

Rooms::Rooms(Loop& loop, Bus& bus, Log& log)
    : Flushable(loop),
      bus_(bus),
      log_(log),
      presence_(random_id(), *this),
      presence_timer_(loop.io()),
      text_frames_(loop.chunks()),
      json_frames_(loop.chunks()),
      reader_(bus),
      retry_(loop.io()) {}

Rooms::~Rooms() = default;

void Rooms::start() {
  bus_.start(*this);
  tick_presence();
}

void Rooms::stop() {
  stopping_ = true;
  close_lingering();
}

Room* Rooms::find(std::string_view name) const {
  const auto found = rooms_.find(name);
  return found == rooms_.end() ? nullptr : found->second.get();
}

Room* Rooms::find(const std::string& name, std::uint64_t opening) const {
  Room* room = find(name);
  return room && room->opening == opening ? room : nullptr;
}

// --- joining and leaving ---

std::vector<Member*>& Rooms::list_of(Room& room, const Member& member) {
  return member.state_ == Member::State::kJoining ? room.joining : room.live(member.form_);
}

void Rooms::enter(Room& room, Member& member, Member::State state) {
  if (state == Member::State::kLive) send_lines(room);
  member.room_ = &room;
  member.state_ = state;
  auto& list = list_of(room, member);
  member.place_ = static_cast<std::uint32_t>(list.size());
  list.push_back(&member);
  if (state == Member::State::kLive) ++members_;
}

void Rooms::step_out(Member& member) {
  if (member.state_ == Member::State::kLive) send_lines(*member.room_);
  auto& list = list_of(*member.room_, member);
  list[member.place_] = list.back();
  list[member.place_]->place_ = member.place_;
  list.pop_back();
  if (member.state_ == Member::State::kLive) --members_;
  member.state_ = Member::State::kOutside;
}

void Rooms::join(const std::string& name, Member& member, Joining joining) {
  Room* room = find(name);
  member.hears_of_people_ = joining.hears_of_people;
  member.joining_ = std::make_unique<Joining>(std::move(joining));
  if (room) {
    enter(*room, member, Member::State::kJoining);
    settle(*room, false);
    start_reads();
    return;
  }
  auto made = std::make_unique<Room>();
  made->name = name;
  made->keeps_history = !in_namespace(name);
  room = made.get();
  rooms_.emplace(room->name, std::move(made));
  enter(*room, member, Member::State::kJoining);
  open(*room);
}

void Rooms::open(Room& room) {
  room.opening = ++openings_;
  bus_.subscribe(room.name,
                 [this, name = room.name, opening = room.opening](const BusError& error) {
                   if (error) {
                     log_.warn("room {}: {}", name, error.text);
                   } else {
                     opened(name, opening);
                   }
                 });
}

void Rooms::opened(const std::string& name, std::uint64_t opening) {
  Room* room = find(name, opening);
  if (room == nullptr) return;
  room->open = true;
  if (!room->keeps_history) {
    settle(*room, false);
    return;
  }
  bus_.subscribe(presence_room(name), [this, name, opening](const BusError& error) {
    if (!error && find(name, opening)) presence_.open(name, loop().now());
  });
  room->catch_up.subscribed();
  advance(*room);
  start_reads();
}

void Rooms::leave(Member& member) {
  if (member.state_ == Member::State::kOutside) return;
  Room& room = *member.room_;
  const bool was_live = member.state_ == Member::State::kLive;
  step_out(member);
  member.room_ = nullptr;
  if (was_live && room.keeps_history) {
    presence_.leave(room.name, member.owner_.person(), loop().now());
  }
  close_if_empty(room);
}

void Rooms::close_if_empty(Room& room) {
  if (!room.empty()) return;
  if (!stopping_ && presence_.holds_back(room.name)) {
    if (!std::exchange(room.lingers, true)) lingering_.push_back(room.name);
    return;
  }
  if (room.open && room.keeps_history) {
    presence_.close(room.name);
    bus_.unsubscribe(presence_room(room.name));
  }
  bus_.unsubscribe(room.name);
  tail_bytes_ -= room.tail.bytes();
  std::erase(with_lines_, &room);
  const std::unique_ptr<Room> closed = std::move(rooms_.find(room.name)->second);
  rooms_.erase(rooms_.find(closed->name));
  for (Room::Asked& asked : closed->asked) {
    read_from_bus(closed->name, asked.request, std::move(asked.done));
  }
}

void Rooms::close_lingering() {
  for (const std::string& name : std::exchange(lingering_, {})) {
    Room* room = find(name);
    if (room == nullptr) continue;
    room->lingers = false;
    close_if_empty(*room);
  }
}

void Rooms::settle(Room& room, bool at_any_rate) {
  if (!room.ready()) return;
  std::vector<Member*> unanswered;
  bool ahead = false;  // one of them is
  while (!room.joining.empty()) {
    Member& member = *room.joining.back();
    const auto found = answer(room, *member.joining_, at_any_rate);
    step_out(member);
    if (!found) {
      unanswered.push_back(&member);
      const auto& since = member.joining_->since;
      ahead |= since && since->offset > room.catch_up.position().offset;
    } else if (let_in(room, member, *found)) {
      enter(room, member, Member::State::kLive);
      if (room.keeps_history) {
        presence_.enter(room.name, member.owner_.person(), loop().now());
      }
    }
  }
  for (Member* member : unanswered) enter(room, *member, Member::State::kJoining);
  if (!unanswered.empty() && !room.filling) {
    if (ahead) room.catch_up.recheck();
    advance(room);
    fill_tail(room);
  }
  close_if_empty(room);
}

bool Rooms::let_in(Room& room, Member& member, const Joined& joined) {
  const std::unique_ptr<Joining> joining = std::move(member.joining_);
  if (!joining->or_not_at_all || joined.recovered || !room.keeps_history) {
    member.owner_.joined(member, joined);
    return true;
  }
  Joined refusal = joined;
  refusal.refused = true;
  member.owner_.joined(member, refusal);
  return false;
}

namespace {

std::size_t bytes_of(const std::vector<std::string_view>& publications) {
  std::size_t bytes = 0;
  for (const std::string_view publication : publications) bytes += publication.size();
  return bytes;
}

}  // namespace

std::optional<Joined> Rooms::answer(const Room& room, const Joining& joining,
                                    bool at_any_rate) const {
  Joined joined;
  joined.keeps_history = room.keeps_history;
  joined.position = room.catch_up.position();
  if (!room.keeps_history) return joined;
  if (joining.newest > 0) {
    if (!room.tail.holds_newest(joining.newest) && !at_any_rate) return std::nullopt;
    joined.publications = room.tail.newest_texts(joining.newest);
  }
  if (!joining.since) return joined;
  const auto& [epoch, offset] = *joining.since;
  const auto& top = joined.position;
  if (!epoch.empty() && epoch != top.epoch) return joined;
  // Who was with another server may know of more than has come here yet.
  const bool ahead = offset > top.offset;
  if (ahead && !room.catch_up.live()) return std::nullopt;
  if (!ahead && top.offset - offset > RoomTail::kMessagesMax) return joined;
  if (ahead || !room.tail.covers(offset)) return at_any_rate ? std::optional(joined) : std::nullopt;
  joined.publications = room.tail.after(offset);
  // What was removed from history is a hole too: the member cannot tell it from a loss.
  joined.recovered = joined.publications.size() == top.offset - offset &&
                     bytes_of(joined.publications) <= kRecoveryBytesMax;
  if (!joined.recovered) joined.publications.clear();
  return joined;
}

// --- the bus ---

void Rooms::publish(const std::string& room, std::string_view message_id, std::string_view payload,
                    Bus::Published done) {
  auto counted = [this, done = std::move(done)](const BusError& error, const Position& position) {
    ++(error ? counters_.refused_by_bus : counters_.accepted);
    done(error, position);
  };
  if (in_namespace(room)) {
    bus_.announce(room, payload, std::move(counted));
  } else {
    bus_.publish(room, message_id, payload, std::move(counted));
  }
}

void Rooms::bus_message(std::string_view name, const Position& position, std::string_view payload) {
  if (const auto of = room_of_presence(name)) {
    presence_.receive(std::string(*of), payload, loop().now());
    return;
  }
  Room* room = find(name);
  if (room == nullptr) return;
  if (position.epoch.empty() || !room->keeps_history) {
    show(*room, decode_publication(payload, {}, wall_clock_ms()));
    return;
  }
  switch (room->catch_up.live(position, payload)) {
    case CatchUp::Verdict::kDeliver:
      show_stored(*room, position.offset, payload);
      shed_tails();
      break;
    case CatchUp::Verdict::kHeld:
      advance(*room);
      start_reads();
      break;
    case CatchUp::Verdict::kDrop:
      break;
  }
}

void Rooms::show_stored(Room& room, std::uint64_t offset, std::string_view payload) {
  Publication publication =
      decode_publication(payload, {room.catch_up.position().epoch, offset}, wall_clock_ms());
  show(room, publication);
  tail_bytes_ -= room.tail.bytes();
  room.tail.push({offset, std::move(publication.json), std::move(publication.text)});
  tail_bytes_ += room.tail.bytes();
}

void Rooms::show(Room& room, const Publication& publication) {
  ++counters_.messages;
  const auto& texts = room.live(WireForm::kText);
  const auto& jsons = room.live(WireForm::kJson);
  if (!texts.empty()) deliver(texts, text_frames_, {publication.text});
  if (!jsons.empty()) {
    add_line(room, {R"({"push":{"channel":")", room.name, R"(","pub":)", publication.json, "}}"});
  }
  counters_.deliveries += texts.size() + jsons.size();
  const bool has_readers = !texts.empty() || !jsons.empty();
  if (has_readers && publication.at_ms != 0) counters_.lag.add(wall_clock_ms() - publication.at_ms);
}

void Rooms::deliver(const std::vector<Member*>& members, FrameWriter& frames,
                    std::initializer_list<std::string_view> message) {
  const Frame frame = write_text_frame(frames, message);
  for (Member* member : members) member->writer_.append(frame);
}

void Rooms::add_line(Room& room, std::initializer_list<std::string_view> line) {
  if (room.lines.size() >= kLinesBytesMax) send_lines(room);
  if (room.lines.empty()) {
    with_lines_.push_back(&room);
    mark();
  } else {
    room.lines += '\n';
  }
  for (const std::string_view part : line) room.lines += part;
}

void Rooms::send_lines(Room& room) {
  if (room.lines.empty()) return;
  deliver(room.live(WireForm::kJson), json_frames_, {std::exchange(room.lines, {})});
}

void Rooms::flush() {
  for (Room* room : std::exchange(with_lines_, {})) send_lines(*room);
}

void Rooms::bus_restarted(std::string_view name) {
  Room* room = find(name);
  if (room == nullptr || !room->open || !room->keeps_history) return;
  room->catch_up.subscribed();
  advance(*room);
  start_reads();
}

void Rooms::bus_met() {
  presence_.met();
}

void Rooms::bus_state(bool up) {
  if (!up) ++counters_.bus_outages;
  for (BusWatcher* watcher : watchers_) watcher->bus_changed(up);
  presence_.bus_changed(up, loop().now());
  for (const auto& [name, room] : rooms_) {
    if (!room->open || !room->keeps_history) continue;
    if (!up) {
      room->catch_up.lost();
    } else {
      room->catch_up.subscribed();
      advance(*room);
    }
  }
  start_reads();
}

std::vector<RoomSize> Rooms::own_busiest() const {
  using Sized = std::pair<std::size_t, const std::string*>;
  std::vector<Sized> found;
  found.reserve(rooms_.size());
  for (const auto& [name, room] : rooms_) {
    if (room->keeps_history && room->members() > 0) {
      found.emplace_back(std::max(room->members(), presence_.count(room->name)), &room->name);
    }
  }
  const auto shown =
      found.begin() + static_cast<std::ptrdiff_t>(std::min(BusyRooms::kMax, found.size()));
  std::partial_sort(found.begin(), shown, found.end(), [](const Sized& a, const Sized& b) {
    return std::tie(b.first, *a.second) < std::tie(a.first, *b.second);
  });
  std::vector<RoomSize> busiest;
  for (auto room = found.begin(); room != shown; ++room) {
    busiest.push_back({*room->second, room->first});
  }
  return busiest;
}

void Rooms::share_busiest(BusyRooms& shared, std::size_t worker) {
  shared_busiest_ = &shared;
  worker_ = worker;
  shared.write(worker, own_busiest());
}

const std::vector<RoomSize>& Rooms::busiest() {
  if (loop().now() >= busiest_until_) {
    busiest_until_ = loop().now() + kPresenceTick;
    busiest_ = shared_busiest_ ? shared_busiest_->all(worker_, own_busiest()) : own_busiest();
  }
  return busiest_;
}

}  // namespace parley::chat
