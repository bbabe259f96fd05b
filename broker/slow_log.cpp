#include "broker/slow_log.h"

#include "broker/client.h"

namespace parley::broker {

namespace {

std::string shown(std::string_view argument) {
  if (argument.size() <= SlowLog::kArgumentBytesMax) return std::string(argument);
  const std::size_t more = argument.size() - SlowLog::kArgumentBytesMax;
  return std::string(argument.substr(0, SlowLog::kArgumentBytesMax)) + "... (" +
         std::to_string(more) + " more bytes)";
}

std::vector<std::string> shown(const resp::Args& args) {
  std::vector<std::string> result;
  for (const std::string_view argument : args) {
    if (result.size() == SlowLog::kArgumentsMax - 1 && args.size() > SlowLog::kArgumentsMax) {
      const std::size_t more = args.size() - result.size();
      result.push_back("... (" + std::to_string(more) + " more arguments)");
      break;
    }
    result.push_back(shown(argument));
  }
  return result;
}

}  // namespace

void SlowLog::add(const Client& client, const resp::Args& args, std::chrono::microseconds spent,
                  std::size_t entries_max) {
  using namespace std::chrono;
  const auto now = duration_cast<seconds>(system_clock::now().time_since_epoch()).count();
  entries_.push_front(
      {next_id_++, now, spent, shown(args), client.session().peer, client.session().name});
  while (entries_.size() > entries_max) entries_.pop_back();
}

}  // namespace parley::broker
