#pragma once

#include <algorithm>
#include <string_view>

namespace parley::broker {

/// What a client may be called, and its library: CLIENT LIST stays one word a field.
inline bool is_client_name(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '!' && c <= '~'; });
}

inline constexpr std::string_view kBadName =
    "ERR Client names cannot contain spaces, newlines or special characters.";

}  // namespace parley::broker
