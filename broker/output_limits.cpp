#include "broker/output_limits.h"

#include <vector>

#include "broker/command.h"
#include "broker/memory_word.h"
#include "common/resp_request.h"
#include "common/text.h"

namespace parley::broker {

namespace {

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const std::size_t end = text.find(' ');
    if (end != 0) words.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return words;
}

std::string text_of(const OutputLimit& limit) {
  return std::to_string(limit.hard) + " " + std::to_string(limit.soft) + " " +
         std::to_string(limit.soft_seconds);
}

OutputLimit* limit_of(std::string_view name, Limits& limits) {
  if (equals_ignoring_case(name, "normal")) return &limits.output_normal;
  if (equals_ignoring_case(name, "pubsub")) return &limits.output_pubsub;
  if (equals_ignoring_case(name, "replica")) return &limits.output_replica;
  if (equals_ignoring_case(name, "slave")) return &limits.output_replica;
  return nullptr;
}

}  // namespace

std::string output_limits_text(const Limits& limits) {
  return "normal " + text_of(limits.output_normal) + " slave " + text_of(limits.output_replica) +
         " pubsub " + text_of(limits.output_pubsub);
}

std::string read_output_limits(std::string_view text, Limits& limits) {
  const std::vector<std::string_view> words = words_of(text);
  if (words.size() % 4 != 0) return "Wrong number of arguments in buffer limit configuration.";
  for (std::size_t i = 0; i < words.size(); i += 4) {
    OutputLimit* limit = limit_of(words[i], limits);
    if (limit == nullptr) {
      return "Invalid client class specified in buffer limit configuration.";
    }
    std::int64_t seconds = 0;
    if (read_memory(words[i + 1], limit->hard) != MemoryWord::kOk ||
        read_memory(words[i + 2], limit->soft) != MemoryWord::kOk ||
        !resp::parse_integer(words[i + 3], seconds) || seconds < 0 || seconds > UINT32_MAX) {
      return "Error in hard, soft or soft_seconds setting in buffer limit configuration.";
    }
    limit->soft_seconds = static_cast<std::uint32_t>(seconds);
  }
  return {};
}

}  // namespace parley::broker
