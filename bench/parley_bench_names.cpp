#include "bench/parley_bench_names.h"

#include <algorithm>
#include <cstdio>

namespace parley::bench {
namespace {

constexpr std::size_t kNamesPerCommand = 1000;

std::string digits(const char* format, int number) {
  char text[24];
  std::snprintf(text, sizeof text, format, number);
  return text;
}

}  // namespace

std::string channel_name(std::string_view prefix, int number) {
  return std::string(prefix) + digits(".%05d", number);
}

std::string shaped_pattern(std::string_view shape, int number) {
  std::string pattern(shape);
  if (const auto at = pattern.find('N'); at != pattern.npos) {
    pattern.replace(at, 1, std::to_string(number));
  }
  return pattern;
}

std::string matching_pattern(std::string_view prefix, int number) {
  std::string pattern = "[";
  pattern += prefix.substr(0, 1);
  pattern += digits("%08d", number);
  pattern += "]";
  pattern += prefix.substr(1);
  return pattern + ".*";
}

void subscribe_in_bulk(Connection& connection, Wire& wire, Bulk what,
                       const std::vector<std::string>& names, Scratch& scratch) {
  for (std::size_t begin = 0; begin < names.size(); begin += kNamesPerCommand) {
    const std::size_t n = std::min(kNamesPerCommand, names.size() - begin);
    std::string command;
    const auto wanted = wire.append_bulk(command, what, {names.data() + begin, n});
    connection.send_all(command);
    Tally tally;
    await_confirmations(connection, wire, wanted, tally, scratch);
  }
}

}  // namespace parley::bench
