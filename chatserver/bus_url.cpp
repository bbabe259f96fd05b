#include "chatserver/bus_url.h"

#include <stdexcept>

#include "chatserver/local_bus.h"
#include "chatserver/redis_bus.h"
#include "chatserver/zmq_bus.h"
#include "common/text.h"

namespace parley::chat {

namespace {

constexpr std::string_view kRedisScheme = "redis://";

[[noreturn]] void refuse(const std::string& url, const std::string& what) {
  throw std::runtime_error("--bus " + without_password(url) + ": " + what +
                           "; write redis://host:port, zmq://?pub=5000&sub=5001 or local");
}

}  // namespace

std::string without_password(const std::string& url) {
  const std::size_t at = url.rfind('@');
  return at == std::string::npos ? url : "redis://...@" + url.substr(at + 1);
}

RedisUrl parse_redis_url(const std::string& url) {
  std::string_view rest = url;
  if (!rest.starts_with(kRedisScheme)) refuse(url, "it does not begin with redis://");
  rest.remove_prefix(kRedisScheme.size());
  if (rest.ends_with('/')) rest.remove_suffix(1);
  RedisUrl result;
  const std::size_t at = rest.rfind('@');
  if (at != std::string_view::npos) {
    const std::string_view login = rest.substr(0, at);
    const std::size_t colon = login.find(':');
    if (colon == std::string_view::npos) refuse(url, "what stands before '@' has no ':'");
    result.user = login.substr(0, colon);
    result.password = login.substr(colon + 1);
    rest.remove_prefix(at + 1);
  }
  const bool bracketed = rest.starts_with('[');
  const std::size_t colon = bracketed ? rest.find("]:") : rest.rfind(':');
  std::string_view host = rest.substr(0, colon);
  if (bracketed) {
    if (colon == std::string_view::npos && !rest.ends_with(']')) refuse(url, "a '[' is not closed");
    host = rest.substr(1, rest.find(']') - 1);
  }
  if (colon != std::string_view::npos) {
    result.port = read_number<std::uint16_t>(rest.substr(colon + (bracketed ? 2 : 1))).value_or(0);
    if (result.port == 0) refuse(url, "the port is not a number from 1 to 65535");
  }
  if (host.empty() || host.find('/') != std::string_view::npos)
    refuse(url, "there is no host in it");
  result.host = host;
  return result;
}

std::unique_ptr<Bus> make_bus(const Options& options, Loop& loop, Log& log) {
  if (options.bus == "local") return std::make_unique<LocalBus>(options.history_size);
  if (options.mesh.wanted()) {
    const ZmqBus::Limits limits{options.history_size, options.message_bytes_max};
    return std::make_unique<ZmqBus>(loop, log, options.mesh, limits);
  }
  return std::make_unique<RedisBus>(loop, log, parse_redis_url(options.bus), options.history_size);
}

}  // namespace parley::chat
