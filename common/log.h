#pragma once

#include <spdlog/logger.h>

#include <memory>
#include <string>

namespace parley {

/// The log of one daemon. `main` makes it and hands it to those who write to it.
using Log = spdlog::logger;

enum class LogFormat { kText, kJson };

struct LogOptions {
  std::string level = "info";  // trace, debug, info, warn, error, critical or off
  LogFormat format = LogFormat::kText;
};

/// A log on standard error: one line a record, safe to use from every thread. Control characters
/// in a message and bytes that are not UTF-8 are shown as \xHH, so that nobody can forge a line or
/// spoil the JSON.
std::shared_ptr<Log> make_log(const std::string& name, const LogOptions& options);

}  // namespace parley
