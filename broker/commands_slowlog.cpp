#include <algorithm>

#include "broker/broker.h"
#include "broker/commands.h"

namespace parley::broker {

namespace {

constexpr std::int64_t kEntriesDefault = 10;

void write_entry(resp::Writer& reply, const SlowLog::Entry& entry) {
  reply.array(6);
  reply.integer(static_cast<std::int64_t>(entry.id));
  reply.integer(entry.at);
  reply.integer(entry.spent.count());
  reply.array(entry.arguments.size());
  for (const std::string& argument : entry.arguments) reply.bulk(argument);
  reply.bulk(entry.peer);
  reply.bulk(entry.client_name);
}

}  // namespace

void run_slowlog_get(Call& call) {
  const auto& entries = call.broker.slow_log().entries();
  std::int64_t count = kEntriesDefault;
  if (call.args.size() > 3) {
    call.reply.error("ERR wrong number of arguments for 'slowlog|get' command");
    return;
  }
  if (call.args.size() == 3 && (!resp::parse_integer(call.args[2], count) || count < -1)) {
    call.reply.error("ERR count should be greater than or equal to -1");
    return;
  }
  const std::size_t shown =
      count == -1 ? entries.size() : std::min(entries.size(), static_cast<std::size_t>(count));
  call.reply.array(shown);
  for (std::size_t i = 0; i < shown; ++i) write_entry(call.reply, entries[i]);
}

void run_slowlog_len(Call& call) {
  call.reply.integer(static_cast<std::int64_t>(call.broker.slow_log().entries().size()));
}

void run_slowlog_reset(Call& call) {
  call.broker.slow_log().reset();
  call.reply.ok();
}

}  // namespace parley::broker
