#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "chatserver/catch_up.h"
#include "chatserver/room_tail.h"
#include "chatserver/rooms.h"

namespace parley::chat {

/// One room of a server. Only Rooms touches it.
struct Room {
  /// Somebody wants its newest publications.
  struct Asked {
    HistoryRequest request;
    Rooms::HistoryRead done;
  };

  std::string name;
  bool keeps_history = true;
  bool open = false;          // the bus has confirmed it once
  std::uint64_t opening = 0;  // tells an answer of the bus for an earlier room of the same name
  std::vector<Member*> joining;
  std::vector<Member*> live_members[kWireForms];
  CatchUp catch_up;
  RoomTail tail;
  std::string lines;                 // for JSON members, when the tick ends
  bool filling = false;              // the tail is being read
  std::vector<Asked> asked;          // those who want to know what it will hold
  bool lingers = false;              // it has no members, and is not closed yet
  std::uint64_t checked_offset = 0;  // where it stood when it was last its turn to be checked

  std::vector<Member*>& live(WireForm form) { return live_members[static_cast<std::size_t>(form)]; }
  std::size_t members() const { return live_members[0].size() + live_members[1].size(); }
  bool empty() const { return joining.empty() && members() == 0; }
  /// Members may be let in.
  bool ready() const { return open && (!keeps_history || catch_up.placed()); }
};

}  // namespace parley::chat
