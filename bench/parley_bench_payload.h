#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace parley::bench {

using Clock = std::chrono::steady_clock;

// Payloads are letters, digits and '@' only, so that they stand unescaped in JSON and in every
// other wire form, whatever a server wraps around them.

/// A payload as long as the measured ones that names round `number`, at least 8 bytes.
std::string marked_payload(std::size_t bytes, std::uint32_t number);
bool has_mark(std::string_view body, std::uint32_t number);

inline constexpr std::size_t kStampedPayloadMin = 24;
/// A payload that says when it was sent.
std::string stamped_payload(std::size_t bytes, Clock::time_point sent);
std::optional<Clock::time_point> sent_at(std::string_view body);

}  // namespace parley::bench
