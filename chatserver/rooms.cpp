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
    : loop_(loop),
      bus_(bus),
      log_(log),
      presence_(random_id(), *this),
      presence_timer_(loop.io()),
      text_frames_(loop.chunks()),
      json_frames_(loop.chunks()),
      retry_(loop.io()) {}

Rooms::~Rooms() = default;

void Rooms::start() {
  bus_.start(*this);
  tick_presence();
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
  member.room_ = &room;
  member.state_ = state;
  auto& list = list_of(room, member);
  member.place_ = static_cast<std::uint32_t>(list.size());
  list.push_back(&member);
}

void Rooms::step_out(Member& member) {
  auto& list = list_of(*member.room_, member);
  list[member.place_] = list.back();
  list[member.place_]->place_ = member.place_;
  list.pop_back();
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
    if (!error && find(name, opening)) presence_.open(name, loop_.now());
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
    presence_.leave(room.name, member.owner_.person(), loop_.now());
  }
  close_if_empty(room);
}

void Rooms::close_if_empty(Room& room) {
  if (!room.empty()) return;
  if (room.open && room.keeps_history) {
    presence_.close(room.name);
    bus_.unsubscribe(presence_room(room.name));
  }
  bus_.unsubscribe(room.name);
  tail_bytes_ -= room.tail.bytes();
  rooms_.erase(rooms_.find(room.name));
}

void Rooms::settle(Room& room, bool at_any_rate) {
  if (!room.ready()) return;
  std::vector<Member*> unanswered;
  while (!room.joining.empty()) {
    Member& member = *room.joining.back();
    const auto found = answer(room, *member.joining_, at_any_rate);
    step_out(member);
    if (!found) {
      unanswered.push_back(&member);
    } else if (let_in(room, member, *found)) {
      enter(room, member, Member::State::kLive);
      if (room.keeps_history) {
        presence_.enter(room.name, member.owner_.person(), loop_.now());
      }
    }
  }
  for (Member* member : unanswered) enter(room, *member, Member::State::kJoining);
  if (!unanswered.empty() && !std::exchange(room.filling, true)) {
    reads_.push_back({room.name, room.opening, {{}, RoomTail::kMessagesMax, true}, true});
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

std::optional<Joined> Rooms::answer(const Room& room, const Joining& joining,
                                    bool at_any_rate) const {
  Joined joined;
  joined.keeps_history = room.keeps_history;
  joined.position = room.catch_up.position();
  if (!room.keeps_history) return joined;
  if (joining.newest > 0) {
    if (!room.tail.holds_newest(joining.newest) && !at_any_rate) return std::nullopt;
    joined.publications = room.tail.newest(joining.newest);
  }
  if (!joining.since) return joined;
  const auto& [epoch, offset] = *joining.since;
  const auto& top = joined.position;
  if (!epoch.empty() && epoch != top.epoch) return joined;
  if (offset > top.offset || top.offset - offset > RoomTail::kMessagesMax) return joined;
  if (!room.tail.covers(offset)) return at_any_rate ? std::optional(joined) : std::nullopt;
  joined.publications = room.tail.after(offset);
  // What was removed from history is a hole too: the member cannot tell it from a loss.
  joined.recovered = joined.publications.size() == top.offset - offset;
  if (!joined.recovered) joined.publications.clear();
  return joined;
}

// --- the bus ---

void Rooms::bus_message(std::string_view name, const Position& position, std::string_view payload) {
  if (const auto of = room_of_presence(name)) {
    presence_.receive(std::string(*of), payload, loop_.now());
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
  room.tail.push(offset, std::move(publication.json));
  tail_bytes_ += room.tail.bytes();
  if (tail_bytes_ > kTailBytesMax) shed_tails();
}

void Rooms::show(Room& room, const Publication& publication) {
  ++messages_;
  const auto& texts = room.live(WireForm::kText);
  const auto& jsons = room.live(WireForm::kJson);
  if (!texts.empty()) deliver(texts, text_frames_, {publication.text});
  if (!jsons.empty()) {
    deliver(jsons, json_frames_,
            {R"({"push":{"channel":")", room.name, R"(","pub":)", publication.json, "}}"});
  }
}

void Rooms::deliver(const std::vector<Member*>& members, FrameWriter& frames,
                    std::initializer_list<std::string_view> message) {
  const Frame frame = write_text_frame(frames, message);
  for (Member* member : members) member->writer_.append(frame);
  deliveries_ += members.size();
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
  for (BusWatcher* watcher : watchers_) watcher->bus_changed(up);
  presence_.bus_changed(up, loop_.now());
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

std::vector<std::pair<std::string, std::size_t>> Rooms::busiest(std::size_t n) const {
  std::vector<std::pair<std::string, std::size_t>> found;
  for (const auto& [name, room] : rooms_) {
    if (room->keeps_history && room->members() > 0) {
      found.emplace_back(room->name, std::max(room->members(), presence_.count(room->name)));
    }
  }
  const auto shown = found.begin() + static_cast<std::ptrdiff_t>(std::min(n, found.size()));
  std::partial_sort(found.begin(), shown, found.end(), [](const auto& a, const auto& b) {
    return std::tie(b.second, a.first) < std::tie(a.second, b.first);
  });
  found.erase(shown, found.end());
  return found;
}

}  // namespace parley::chat
