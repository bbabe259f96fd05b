#pragma once

#include <string>
#include <string_view>

#include "broker/options.h"

namespace parley::broker {

/// The limits as client-output-buffer-limit shows them: "normal 0 0 0 slave ... pubsub ...".
std::string output_limits_text(const Limits& limits);

/// Reads "class hard soft seconds" groups; a class that is not named keeps its limits. Returns what
/// is wrong, and has then perhaps set some; empty: nothing.
std::string read_output_limits(std::string_view text, Limits& limits);

}  // namespace parley::broker
