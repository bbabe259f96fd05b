#pragma once

#include <span>
#include <string>
#include <string_view>

namespace parley::broker {

class Broker;

/// One line of the table of settings: what CONFIG GET and CONFIG SET know of a name.
struct Setting {
  std::string_view name;  // lower case
  std::string (*get)(Broker& broker, const Setting& setting);
  /// Checks the value and, if `apply`, sets it. Returns what is wrong with it; empty: nothing. What
  /// was accepted without `apply` is accepted with it. Null: it cannot be changed.
  std::string (*set)(Broker& broker, const Setting& setting, std::string_view value, bool apply);
  std::string_view constant = {};  // of one that has only this value
};

std::span<const Setting> settings();

/// By name, in any case; null if there is none.
const Setting* find_setting(std::string_view name);

}  // namespace parley::broker
