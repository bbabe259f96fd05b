// How Rooms reads history: to catch up, for those who join, and for those who ask.

#include <algorithm>

#include "chatserver/room.h"
#include "chatserver/rooms.h"

namespace parley::chat {

// --- catching up ---

void Rooms::advance(Room& room) {
  if (queue_read(room)) ++counters_.catch_ups;
}

bool Rooms::queue_read(Room& room) {
  const auto request = room.catch_up.take_request();
  if (request) reads_.push_back({room.name, room.opening, *request, false});
  return request.has_value();
}

// A bus may answer before the call returns; the loop that runs then goes on.
void Rooms::start_reads() {
  if (std::exchange(starting_reads_, true)) return;
  while (reading_ < kReadsMax && !reads_.empty()) {
    const Read read = std::move(reads_.front());
    reads_.pop_front();
    ++reading_;
    bus_.read_history(read.room, read.request,
                      [this, read](const BusError& error, HistoryPage page) {
                        --reading_;
                        was_read(read, error, std::move(page));
                        start_reads();
                      });
  }
  starting_reads_ = false;
}

void Rooms::was_read(const Read& read, const BusError& error, HistoryPage page) {
  Room* room = find(read.room, read.opening);
  if (room == nullptr) return;
  if (error) {
    log_.debug("room {}: history cannot be read: {}", read.room, error.text);
    if (read.fills_tail) {
      room->filling = false;
      answer_asked(*room, error);
    } else {
      room->catch_up.failed();
    }
    retry_later();
  } else if (read.fills_tail) {
    filled(*room, std::move(page));
  } else {
    caught_up(*room, std::move(page));
  }
}

void Rooms::caught_up(Room& room, HistoryPage page) {
  const bool first = !room.catch_up.placed();
  CatchUp::Outcome outcome = room.catch_up.page(std::move(page));
  counters_.caught_up += outcome.messages.size();
  if (first || outcome.restarted) {
    tail_bytes_ -= room.tail.bytes();
    room.tail.begin(room.catch_up.position().offset - outcome.messages.size());
  }
  const std::string name = room.name;
  const std::uint64_t opening = room.opening;
  if (outcome.restarted) restart(room);
  // Restarting may have closed it.
  Room* still = find(name, opening);
  if (still == nullptr) return;
  for (const StoredMessage& message : outcome.messages) {
    show_stored(*still, message.offset, message.payload);
  }
  advance(*still);
  settle(*still, false);
  shed_tails();
}

void Rooms::filled(Room& room, HistoryPage page) {
  room.filling = false;
  bool filled = true;  // else it is asked for once more
  if (page.top.epoch == room.catch_up.position().epoch) {
    std::vector<RoomTail::Message> messages;
    for (auto message = page.messages.rbegin(); message != page.messages.rend(); ++message) {
      const Position position{page.top.epoch, message->offset};
      Publication publication = decode_publication(message->payload, position, wall_clock_ms());
      messages.push_back(
          {message->offset, std::move(publication.json), std::move(publication.text)});
    }
    tail_bytes_ -= room.tail.bytes();
    filled = room.tail.fill(std::move(messages), RoomTail::kMessagesMax, page.top.offset);
    tail_bytes_ += room.tail.bytes();
  }
  if (filled) {
    answer_asked(room, {});
  } else if (!room.asked.empty()) {
    fill_tail(room);
  }
  const std::string name = room.name;
  const std::uint64_t opening = room.opening;
  settle(room, filled);
  Room* still = find(name, opening);
  if (still != nullptr) {
    tail_bytes_ -= still->tail.bytes();
    still->tail.shrink();
    tail_bytes_ += still->tail.bytes();
  }
  shed_tails();
}

void Rooms::fill_tail(Room& room) {
  if (std::exchange(room.filling, true)) return;
  reads_.push_back({room.name, room.opening, {{}, RoomTail::kMessagesMax, true}, true});
}

void Rooms::answer_asked(Room& room, const BusError& error) {
  const Position top = room.catch_up.position();
  for (const Room::Asked& asked : std::exchange(room.asked, {})) {
    if (error) {
      asked.done(error, {});
      continue;
    }
    const auto newest = room.tail.newest(asked.request.limit);
    asked.done({}, {top, {newest.rbegin(), newest.rend()}});
  }
}

void Rooms::retry_later() {
  if (std::exchange(retrying_, true)) return;
  retry_.expires_after(kRetry);
  retry_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    retrying_ = false;
    std::vector<std::string> names;  // settling may close a room
    for (const auto& [name, room] : rooms_) names.push_back(room->name);
    for (const std::string& name : names) {
      Room& room = *find(name);
      room.catch_up.retry();
      advance(room);
      settle(room, false);
    }
    start_reads();
  });
}

// Each second another part of the rooms has its turn.
void Rooms::check_silent_rooms() {
  if (!bus_.up() || !bus_.may_lose()) return;
  constexpr auto kTurns = static_cast<std::uint64_t>(kSilence.count());
  const std::uint64_t turn = ++checks_ % kTurns;
  for (const auto& [name, room] : rooms_) {
    if (room->opening % kTurns != turn || !room->keeps_history) continue;
    const std::uint64_t offset = room->catch_up.position().offset;
    if (std::exchange(room->checked_offset, offset) != offset) continue;
    room->catch_up.recheck();
    queue_read(*room);
  }
  start_reads();
}

// Those of the client protocol have promised their users that nothing is missing; they are sent
// out, and come back with what they know. Bare text has no word for it and goes on.
void Rooms::restart(Room& room) {
  log_.info("room {}: its history was lost or begun anew; its members begin anew too", room.name);
  send_lines(room);
  const std::vector<Member*> members = std::exchange(room.live(WireForm::kJson), {});
  members_ -= members.size();
  for (Member* member : members) {
    member->state_ = Member::State::kOutside;
    member->room_ = nullptr;
    presence_.leave(room.name, member->owner_.person(), loop().now());
  }
  for (Member* member : members) member->owner_.lost(*member);
  close_if_empty(room);
}

// --- history ---

namespace {

std::optional<std::vector<std::string_view>> from_memory(const RoomTail& tail,
                                                         const HistoryRequest& request) {
  std::vector<std::string_view> found;
  if (request.limit == 0) return found;
  if (request.newest_first) {
    if (request.since || !tail.holds_newest(request.limit)) return std::nullopt;
    found = tail.newest(request.limit);
    std::ranges::reverse(found);
    return found;
  }
  if (!tail.covers(request.since.value_or(0))) return std::nullopt;
  found = tail.after(request.since.value_or(0));
  if (found.size() > request.limit) found.resize(request.limit);
  return found;
}

}  // namespace

void Rooms::read_history(const std::string& name, const HistoryRequest& request, HistoryRead done) {
  Room* room = find(name);
  if (room && room->ready() && room->catch_up.live()) {
    if (const auto found = from_memory(room->tail, request)) {
      done({}, {room->catch_up.position(), {found->begin(), found->end()}});
      return;
    }
    // Whoever joins asks for the newest: all of them share one read.
    if (request.newest_first && !request.since && request.limit <= RoomTail::kMessagesMax) {
      room->asked.push_back({request, std::move(done)});
      fill_tail(*room);
      start_reads();
      return;
    }
  }
  read_from_bus(name, request, std::move(done));
}

void Rooms::read_from_bus(const std::string& name, const HistoryRequest& request,
                          HistoryRead done) {
  reader_.read(name, request,
               [done = std::move(done)](const BusError& error, const HistoryPage& page) {
                 History history{page.top, {}};
                 for (const StoredMessage& message : page.messages) {
                   const Position position{page.top.epoch, message.offset};
                   history.publications.push_back(
                       decode_publication(message.payload, position, wall_clock_ms()).json);
                 }
                 done(error, history);
               });
}

void Rooms::shed_tails() {
  if (tail_bytes_ <= kTailBytesMax) return;
  for (const auto& [name, room] : rooms_) {
    tail_bytes_ -= room->tail.bytes();
    room->tail.begin(room->catch_up.position().offset);
    if (tail_bytes_ <= kTailBytesMax / 2) return;
  }
}

}  // namespace parley::chat
