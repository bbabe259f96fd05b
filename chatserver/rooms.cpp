#include "chatserver/rooms.h"

#include <chrono>

#include "chatserver/publication.h"
#include "chatserver/websocket_frame.h"

namespace parley::chat {

struct Room {
  std::string name;
  bool live = false;
  std::uint64_t opening = 0;  // tells an answer of the bus for an earlier room of the same name
  std::vector<Member*> joining;
  std::vector<Member*> live_members[kWireForms];

  bool empty() const {
    return joining.empty() && live_members[0].empty() && live_members[1].empty();
  }
};

std::int64_t wall_clock_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

Member::~Member() {
  rooms_.leave(*this);
}

Rooms::Rooms(Loop& loop, Bus& bus, Log& log)
    : bus_(bus), log_(log), text_frames_(loop.chunks()), json_frames_(loop.chunks()) {}

Rooms::~Rooms() = default;

// --- joining and leaving ---

std::vector<Member*>& Rooms::list_of(Room& room, const Member& member) {
  if (member.state_ == Member::State::kJoining) return room.joining;
  return room.live_members[static_cast<std::size_t>(member.form_)];
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

void Rooms::join(const std::string& name, Member& member, std::function<void()> joined) {
  const auto found = rooms_.find(name);
  if (found != rooms_.end() && found->second->live) {
    joined();
    enter(*found->second, member, Member::State::kLive);
    return;
  }
  member.joined_ = std::move(joined);
  if (found != rooms_.end()) {
    enter(*found->second, member, Member::State::kJoining);
    return;
  }
  auto room = std::make_unique<Room>();
  room->name = name;
  Room& created = *room;
  rooms_.emplace(created.name, std::move(room));
  enter(created, member, Member::State::kJoining);
  open(created);
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
  const auto found = rooms_.find(name);
  if (found == rooms_.end() || found->second->opening != opening) return;
  Room& room = *found->second;
  room.live = true;
  while (!room.joining.empty()) {
    Member& member = *room.joining.back();
    step_out(member);
    const auto joined = std::exchange(member.joined_, nullptr);
    joined();
    enter(room, member, Member::State::kLive);
  }
}

void Rooms::leave(Member& member) {
  if (member.state_ == Member::State::kOutside) return;
  Room& room = *member.room_;
  step_out(member);
  if (!room.empty()) return;
  bus_.unsubscribe(room.name);
  rooms_.erase(rooms_.find(room.name));
}

// --- the bus ---

void Rooms::bus_message(std::string_view name, const Position& position, std::string_view payload) {
  const auto found = rooms_.find(name);
  if (found == rooms_.end()) return;
  ++messages_;
  const Room& room = *found->second;
  const Publication publication = decode_publication(payload, position, wall_clock_ms());
  const auto& texts = room.live_members[static_cast<std::size_t>(WireForm::kText)];
  const auto& jsons = room.live_members[static_cast<std::size_t>(WireForm::kJson)];
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

void Rooms::bus_state(bool up) {
  for (BusWatcher* watcher : watchers_) watcher->bus_changed(up);
}

}  // namespace parley::chat
