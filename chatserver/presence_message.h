#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "chatserver/person.h"

namespace parley::chat {

/// What servers tell each other about the people of a room: a JSON object on the room's presence
/// channel.
///
///     {"server":"S","version":7,"count":3}                          I have three, as you know them
///     {"server":"S","version":8,"count":4,"in":[["c4","Ada"]]}      one more; or "out":["c1"]
///     {"server":"S","version":8,"count":4,"all":[["c2","Bob"],...]} these and no others
///     {"server":"S","version":8,"count":900,"crowd":true}           too many to name
///     {"server":"S","ask":"T"}                                      T (or "" for all): name yours
///
/// `version` counts the changes of the server's list. Text from outside is checked: what is not
/// one of these, or over a limit, is nothing.
struct PresenceMessage {
  /// Most people that one message names.
  static constexpr std::size_t kPeopleMax = 500;
  static constexpr std::size_t kIdBytesMax = 64;

  std::string server;
  std::uint64_t version = 0;
  std::uint64_t count = 0;
  bool crowd = false;
  std::optional<std::string> ask = {};
  std::vector<Person> in = {};
  std::vector<std::string> out = {};
  std::optional<std::vector<Person>> all = {};
};

std::string encode_presence(const PresenceMessage& message);
std::optional<PresenceMessage> decode_presence(std::string_view text);

}  // namespace parley::chat
