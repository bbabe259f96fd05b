#pragma once

#include <charconv>
#include <optional>
#include <string>
#include <string_view>

namespace parley {

/// A number that is the whole text: digits, for signed ones a '-' before them. Nothing for anything
/// else, and for what does not fit.
template <class Number>
std::optional<Number> read_number(std::string_view text, int base = 10) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// Of these three only A to Z have a case.
bool equals_ignoring_case(std::string_view a, std::string_view b);
std::string to_lower(std::string_view text);
std::string to_upper(std::string_view text);

}  // namespace parley
