#pragma once

#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "common/log.h"

namespace CLI {
class App;
}

namespace parley {

inline constexpr std::string_view kVersion = PARLEY_VERSION;

/// Thrown while the command line is read: the program has said what it had to and ends with `code`.
struct ExitEarly {
  int code;
};

/// Adds what both daemons have in common: --version, --config, --log-level, --log-format.
void add_common_options(CLI::App& app, LogOptions& log);

/// Reads the command line and the config file. --help and --version print and throw ExitEarly; a
/// mistake throws std::runtime_error.
void read_options(CLI::App& app, int argc, const char* const* argv);

/// The body of main(): runs `body` and turns an exception into one plain line on standard error
/// and exit code 1.
int run_program(std::string_view name, const std::function<int()>& body);

}  // namespace parley
