#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "chatserver/presence_message.h"
#include "common/loop.h"

namespace parley::chat {

// Who is in which room, over all servers.
//
// Nothing is stored anywhere. Each server owns the list of its own members of a room. It tells
// changes as they happen (those of a short time in one message), and from time to time, as a sign
// of life, the number of the list's last change. A server that has that number knows the list; one
// that does not asks for it, as does one that has just opened the room. A server from which nothing
// comes for kExpiry has died, and its people have left.
//
// So the chatter of a quiet room is N short messages each kRefresh for N servers that have members
// in it, however many people it has: about 70 bytes / 10 s, sent to N servers. A change costs one
// message of about 60 bytes a person.
//
// Somebody who leaves is held back for kGrace: a reconnect then is seen as one going and one coming
// at the same moment, which a page shows as nothing. While the bus is away nobody expires.
//
// It does no I/O and has no clock: it is told and says what to send. Owned by Rooms, on its thread.
class Presence {
 public:
  using Time = Loop::Clock::time_point;

  static constexpr std::chrono::seconds kRefresh{10};
  static constexpr std::chrono::seconds kExpiry{25};
  static constexpr std::chrono::seconds kGrace{2};
  /// So long after a room was opened here, whom other servers name was there before: no news.
  static constexpr std::chrono::milliseconds kYoung{500};
  /// A server with more people in a room than this tells only how many.
  static constexpr std::size_t kNamesMax = PresenceMessage::kPeopleMax;
  /// Servers that a room may be on; others are not listened to.
  static constexpr std::size_t kServersMax = 1'000;

  /// What it leads to.
  class Owner {
   public:
    virtual void announce_presence(const std::string& room, const std::string& message) = 0;
    virtual void somebody_came(const std::string& room, const Person& person) = 0;
    virtual void somebody_left(const std::string& room, const Person& person) = 0;

   protected:
    ~Owner() = default;
  };

  Presence(std::string server, Owner& owner) : server_(std::move(server)), owner_(owner) {}

  /// The server listens to the room's presence from now on, or no longer.
  void open(const std::string& room, Time now);
  void close(const std::string& room);
  /// Members of this server.
  void enter(const std::string& room, const Person& person, Time now);
  void leave(const std::string& room, const Person& person, Time now);

  void receive(const std::string& room, std::string_view message, Time now);
  void bus_changed(bool up, Time now);
  /// There are servers that may not have heard what was told so far.
  void met();
  /// To be called some times a second.
  void check_time(Time now);

  /// Somebody has left the room, and may be about to come back.
  bool holds_back(const std::string& room) const;
  /// The room is being opened, or was a moment ago, and the others have hardly had time to say who
  /// is there.
  bool young(const std::string& room, Time now) const;
  /// Everybody in the room; nothing for a crowd.
  std::optional<std::vector<Person>> people(const std::string& room) const;
  std::size_t count(const std::string& room) const;
  /// People by name in all lists together; looks at each list.
  std::size_t entries() const;

 private:
  using People = std::map<std::string, std::string>;  // client -> name

  struct Own {
    People people;
    std::map<std::string, Time> leaving;  // clients that are held back, until when
    std::vector<Person> in;               // since the last message
    std::vector<std::string> out;
    std::uint64_t version = 0;
    bool asked = false;
    Time refresh_at;
  };
  struct Other {
    People people;
    std::uint64_t version = 0;
    std::uint64_t count = 0;
    bool crowd = false;
    bool known = false;  // people are those of version
    Time expires_at;
  };
  struct Room {
    Own own;
    std::map<std::string, Other> others;  // by server
    std::optional<Time> opened_at;
  };

  void go(const std::string& name, Own& own, const std::string& client);
  void let_go(const std::string& name, Own& own, Time now);
  void tell(const std::string& name, Own& own, Time now);
  void ask(const std::string& name, const std::string& server);
  void hear(const std::string& name, Room& room, const PresenceMessage& message, Time now);
  void apply(const std::string& name, Other& other, const PresenceMessage& message, bool is_news);
  void replace(const std::string& name, Other& other, const std::vector<Person>& people,
               bool is_news);
  void expire(const std::string& name, Room& room, Time now);

  std::string server_;
  Owner& owner_;
  bool bus_is_up_ = true;
  std::unordered_map<std::string, Room> rooms_;
};

}  // namespace parley::chat
