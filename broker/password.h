#pragma once

#include <string>
#include <string_view>

namespace parley::broker {

/// The password of the default user; empty: none is needed. It can be compared and not read, so
/// that no log line and no reply can show it.
class Password {
 public:
  Password() = default;
  explicit Password(std::string_view text) : text_(text) {}

  bool empty() const { return text_.empty(); }
  /// Takes time that depends on the length of `given` alone.
  bool matches(std::string_view given) const;

 private:
  std::string text_;
};

/// The password that a file holds: its first line. Throws std::runtime_error with a text for the
/// person who started the program when there is none.
Password read_password(const std::string& file);

}  // namespace parley::broker
