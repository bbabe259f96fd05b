#include "chatserver/names.h"

#include <locale.h>
#include <wctype.h>

#include <cstdint>
#include <optional>

namespace parley::chat {

namespace {

constexpr std::string_view kPresence = "presence:";
constexpr std::size_t kRoomCharactersMax = 64;
constexpr std::size_t kPersonCharactersMax = 32;

// The C library's Unicode tables, whatever the locale of the process.
locale_t unicode() {
  static const locale_t locale = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return locale;
}

// Reads one character; none if the bytes are not UTF-8 (RFC 3629: no surrogates, no overlong form).
std::optional<char32_t> next_character(std::string_view& text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  const std::size_t size = first < 0x80   ? 1
                           : first < 0xc2 ? 0
                           : first < 0xe0 ? 2
                           : first < 0xf0 ? 3
                           : first < 0xf5 ? 4
                                          : 0;
  if (size == 0 || text.size() < size) return std::nullopt;
  char32_t character = size == 1 ? first : first & (0xff >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return std::nullopt;
    character = character << 6 | (byte(i) & 0x3f);
  }
  const bool overlong = (size == 3 && character < 0x800) || (size == 4 && character < 0x10000);
  if (overlong || character > 0x10ffff || (character >= 0xd800 && character < 0xe000)) {
    return std::nullopt;
  }
  text.remove_prefix(size);
  return character;
}

bool is_letter_or_digit(char32_t c) {
  return ::iswalnum_l(static_cast<wint_t>(c), unicode()) != 0;
}

// Combining marks belong to letters of many scripts.
bool is_mark(char32_t c) {
  return (c >= 0x300 && c < 0x370) ||
         (c >= 0x900 && c < 0x0e80 && ::iswprint_l(static_cast<wint_t>(c), unicode()));
}

// Characters that show nothing or change the direction of what follows.
bool is_invisible(char32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x034f || c == 0x061c ||
         c == 0x115f || c == 0x1160 || c == 0x17b4 || c == 0x17b5 || (c >= 0x180b && c <= 0x180f) ||
         (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
         (c >= 0x2060 && c <= 0x206f) || c == 0x3164 || c == 0xfeff || c == 0xffa0 ||
         (c >= 0xfff0 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe0fff);
}

// What chooses the form of the character before it. Behind a letter it shows nothing.
bool is_selector(char32_t c) {
  return c >= 0xfe00 && c <= 0xfe0f;
}

bool is_symbol(char32_t c) {
  return (c >= 0x203c && c < 0x2c00) || c >= 0x1f000;
}

// Every blank but the plain one, which look-alikes would imitate.
bool is_odd_space(char32_t c) {
  return c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x202f || c == 0x205f ||
         c == 0x3000 || c == 0x2800;
}

}  // namespace

std::string room_name_error(std::string_view name) {
  if (name.empty()) return "a room name must not be empty";
  if (room_of_presence(name)) return "the namespace 'presence' is for the servers";
  std::size_t characters = 0;
  std::size_t colons = 0;
  const bool edge_colon = name.front() == ':' || name.back() == ':';
  while (!name.empty()) {
    const auto c = next_character(name);
    if (!c) return "a room name must be valid UTF-8";
    if (++characters > kRoomCharactersMax) return "a room name has at most 64 characters";
    if (*c == ':') {
      ++colons;
    } else if (!is_letter_or_digit(*c) && !is_mark(*c) && *c != '-' && *c != '_' && *c != '.') {
      return "a room name has only letters, digits, '-', '_' and '.', and ':' behind a namespace";
    }
  }
  if (colons > 1 || edge_colon) return "a room name has one ':' at most, between two words";
  return {};
}

std::string presence_room(std::string_view room) {
  return std::string(kPresence).append(room);
}

std::optional<std::string_view> room_of_presence(std::string_view name) {
  if (!name.starts_with(kPresence)) return std::nullopt;
  return name.substr(kPresence.size());
}

bool in_namespace(std::string_view name) {
  return name.find(':') != std::string_view::npos;
}

std::string person_name_error(std::string_view name) {
  if (name.empty()) return "a name must not be empty";
  if (name.front() == ' ' || name.back() == ' ') return "a name must not begin or end with a blank";
  if (name.find("  ") != std::string_view::npos) return "a name must not have two blanks in a row";
  std::size_t characters = 0;
  char32_t before = 0;
  while (!name.empty()) {
    const auto c = next_character(name);
    if (!c) return "a name must be valid UTF-8";
    if (++characters > kPersonCharactersMax) return "a name has at most 32 characters";
    const bool hidden = is_selector(*c) && !is_symbol(before);
    before = *c;
    if (hidden || is_invisible(*c) || is_odd_space(*c)) {
      return "a name must not have control, invisible or direction-changing characters";
    }
  }
  return {};
}

}  // namespace parley::chat
