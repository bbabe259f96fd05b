#pragma once

#include <span>
#include <string>
#include <string_view>

namespace parley::broker {

class Broker;

/// The version of Redis that HELLO and INFO name: clients switch features on it.
inline constexpr std::string_view kRedisVersion = "7.4.0";

/// The text of INFO for the sections asked for, in any case; none: the default ones.
std::string info_text(Broker& broker, std::span<const std::string_view> sections);

}  // namespace parley::broker
