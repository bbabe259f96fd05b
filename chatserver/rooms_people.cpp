// What Rooms does with who is in a room: Presence has the list, the members are told.

#include <nlohmann/json.hpp>

#include "chatserver/names.h"
#include "chatserver/room.h"
#include "chatserver/rooms.h"

namespace parley::chat {

void Rooms::announce_presence(const std::string& room, const std::string& message) {
  bus_.announce(presence_room(room), message, [](const BusError&, const Position&) {});
}

void Rooms::somebody_came(const std::string& room, const Person& person) {
  tell_of(room, "join", person);
}

void Rooms::somebody_left(const std::string& room, const Person& person) {
  tell_of(room, "leave", person);
}

// In a crowd people come and go all the time, and nobody could be told of all of them.
void Rooms::tell_of(const std::string& name, std::string_view what, const Person& person) {
  Room* room = find(name);
  if (room == nullptr || presence_.count(name) > Presence::kNamesMax) return;
  std::vector<Member*> told;
  for (Member* member : room->live(WireForm::kJson)) {
    if (member->hears_of_people_) told.push_back(member);
  }
  if (told.empty()) return;
  send_lines(*room);
  const std::string info = client_info(person).dump();
  deliver(told, json_frames_,
          {R"({"push":{"channel":")", name, R"(",")", what, R"(":{"info":)", info, "}}}"});
}

void Rooms::when_people_are_known(const std::string& room, std::function<void()> done) {
  if (presence_.young(room, loop().now())) {
    want_people_.emplace_back(room, std::move(done));
  } else {
    done();
  }
}

void Rooms::tick_presence() {
  presence_timer_.expires_after(kPresenceTick);
  presence_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    presence_.check_time(loop().now());
    close_lingering();
    for (auto& [room, done] : std::exchange(want_people_, {})) {
      when_people_are_known(room, std::move(done));
    }
    tick_presence();
  });
}

}  // namespace parley::chat
