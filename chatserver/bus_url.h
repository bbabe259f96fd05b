#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "chatserver/bus.h"
#include "chatserver/options.h"
#include "common/log.h"
#include "common/loop.h"

namespace parley::chat {

/// redis://[user:password@]host[:port]
struct RedisUrl {
  std::string host;
  std::uint16_t port = 6379;
  std::string user;
  std::string password;

  /// For messages: without the password.
  std::string address() const { return host + ":" + std::to_string(port); }
};

/// Throws std::runtime_error that says what is wrong.
RedisUrl parse_redis_url(const std::string& url);

/// The URL for messages: what may be a password is left out.
std::string without_password(const std::string& url);

/// The bus that the options name. Throws std::runtime_error when there is none.
std::unique_ptr<Bus> make_bus(const Options& options, Loop& loop, Log& log);

}  // namespace parley::chat
