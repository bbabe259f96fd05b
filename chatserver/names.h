#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace parley::chat {

/// Room names: 1 to 64 characters, letters and digits of any script, '-', '_', '.', and one ':'
/// behind a namespace. Returns what is wrong, or nothing.
std::string room_name_error(std::string_view name);

/// Whether a room of this name is in a namespace (`typing:lobby`). Such a room keeps no history.
bool in_namespace(std::string_view name);

/// The room's channel on which servers tell each other who is in it: a name that clients cannot
/// use.
std::string presence_room(std::string_view room);
/// The room whose presence channel this is.
std::optional<std::string_view> room_of_presence(std::string_view name);

/// Names of people: 1 to 32 characters; no control, invisible or direction-changing characters, no
/// white space but single blanks inside. Returns what is wrong, or nothing.
std::string person_name_error(std::string_view name);

}  // namespace parley::chat
