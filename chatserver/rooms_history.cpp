// How Rooms reads history: to catch up, for those who join, and for those who ask.

#include <algorithm>

#include "chatserver/room.h"
#include "chatserver/rooms.h"

namespace parley::chat {

// --- catching up ---

void Rooms::advance(Room& room) {
  if (auto request = room.catch_up.take_request()) {
    ++catch_ups_;
    reads_.push_back({room.name, room.opening, *request, false});
  }
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
    read.fills_tail ? void(room->filling = false) : room->catch_up.failed();
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
}

void Rooms::filled(Room& room, HistoryPage page) {
  room.filling = false;
  if (page.top.epoch == room.catch_up.position().epoch) {
    std::vector<RoomTail::Message> messages;
    for (auto message = page.messages.rbegin(); message != page.messages.rend(); ++message) {
      const Position position{page.top.epoch, message->offset};
      messages.push_back(
          {message->offset, decode_publication(message->payload, position, wall_clock_ms()).json});
    }
    tail_bytes_ -= room.tail.bytes();
    room.tail.fill(std::move(messages), RoomTail::kMessagesMax);
    tail_bytes_ += room.tail.bytes();
  }
  shed_tails();
  settle(room, true);
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

// Those of the client protocol have promised their users that nothing is missing; they are sent
// out, and come back with what they know. Bare text has no word for it and goes on.
void Rooms::restart(Room& room) {
  log_.info("room {}: its history was lost or begun anew; its members begin anew too", room.name);
  const std::vector<Member*> members = std::exchange(room.live(WireForm::kJson), {});
  for (Member* member : members) {
    member->state_ = Member::State::kOutside;
    member->room_ = nullptr;
    presence_.leave(room.name, member->owner_.person(), loop_.now());
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
  const Room* room = find(name);
  if (room && room->ready() && room->catch_up.live()) {
    if (const auto found = from_memory(room->tail, request)) {
      done({}, {room->catch_up.position(), {found->begin(), found->end()}});
      return;
    }
  }
  bus_.read_history(name, request, [done](const BusError& error, const HistoryPage& page) {
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
