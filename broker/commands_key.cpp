#include <vector>

#include "broker/broker.h"
#include "broker/commands.h"
#include "broker/glob.h"
#include "broker/history_arguments.h"
#include "common/text.h"

// The commands for keys of any kind; here all keys are streams.
namespace parley::broker {

namespace {

constexpr std::uint64_t kScanned = 10;

int db(const Call& call) {
  return call.client.session().db;
}

Key* find(Call& call, std::size_t at) {
  return call.broker.history().find(db(call), call.args[at]);
}

// --- time to live ---

struct ExpireConditions {
  bool if_none = false;
  bool if_some = false;
  bool if_later = false;
  bool if_sooner = false;
};

bool read_conditions(Call& call, ExpireConditions& conditions) {
  for (std::size_t i = 3; i < call.args.size(); ++i) {
    const std::string_view word = call.args[i];
    bool* condition = equals_ignoring_case(word, "nx")   ? &conditions.if_none
                      : equals_ignoring_case(word, "xx") ? &conditions.if_some
                      : equals_ignoring_case(word, "gt") ? &conditions.if_later
                      : equals_ignoring_case(word, "lt") ? &conditions.if_sooner
                                                         : nullptr;
    if (condition == nullptr) {
      call.reply.error("ERR Unsupported option " + std::string(word));
      return false;
    }
    *condition = true;
  }
  if (conditions.if_none && (conditions.if_some || conditions.if_later || conditions.if_sooner)) {
    call.reply.error("ERR NX and XX, GT or LT options at the same time are not compatible");
    return false;
  }
  if (conditions.if_later && conditions.if_sooner) {
    call.reply.error("ERR GT and LT options at the same time are not compatible");
    return false;
  }
  return true;
}

// A key that lasts counts as one that expires at the end of time.
bool holds(const ExpireConditions& conditions, const Key& key, std::int64_t time_ms) {
  if (conditions.if_none && key.expires()) return false;
  if (conditions.if_some && !key.expires()) return false;
  if (conditions.if_later && time_ms <= key.expires_at_ms()) return false;
  return !conditions.if_sooner || time_ms < key.expires_at_ms();
}

// The time that lies so many units of `unit_ms` from now.
bool read_time(Call& call, std::int64_t unit_ms, std::int64_t& time_ms) {
  std::int64_t value = 0;
  if (!read_integer(call, 2, value)) return false;
  if (!__builtin_mul_overflow(value, unit_ms, &value) &&
      !__builtin_add_overflow(value, call.broker.history().now_ms(), &time_ms)) {
    return true;
  }
  call.reply.error("ERR invalid expire time in '" + std::string(call.command.name) + "' command");
  return false;
}

void expire(Call& call, std::int64_t unit_ms) {
  ExpireConditions conditions;
  std::int64_t time_ms = 0;
  if (!read_conditions(call, conditions) || !read_time(call, unit_ms, time_ms)) return;
  Key* key = find(call, 1);
  if (key == nullptr || !holds(conditions, *key, time_ms)) {
    call.reply.integer(0);
    return;
  }
  call.broker.history().expire_at(*key, time_ms);
  call.reply.integer(1);
}

void time_to_live(Call& call, std::int64_t unit_ms) {
  const Key* key = call.broker.history().find_for_reading(db(call), call.args[1]);
  if (key == nullptr || !key->expires()) {
    call.reply.integer(key ? -1 : -2);
    return;
  }
  const std::int64_t left_ms = key->expires_at_ms() - call.broker.history().now_ms();
  call.reply.integer((left_ms + unit_ms / 2) / unit_ms);
}

// --- listing ---

struct ScanOptions {
  std::uint64_t cursor = 0;
  std::uint64_t count = kScanned;
  std::string_view pattern = "*";
  bool any_pattern = true;
  bool streams = true;  // false: another type was asked for, so nothing is found
};

bool read_cursor(Call& call, std::uint64_t& cursor) {
  const auto number = read_number<std::uint64_t>(call.args[1]);
  if (!number) {
    call.reply.error("ERR invalid cursor");
    return false;
  }
  cursor = *number;
  return true;
}

bool read_scan_options(Call& call, ScanOptions& options) {
  const auto& args = call.args;
  if (!read_cursor(call, options.cursor)) return false;
  for (std::size_t i = 2; i < args.size(); i += 2) {
    const bool more = i + 1 < args.size();
    if (more && equals_ignoring_case(args[i], "count")) {
      std::int64_t count = 0;
      if (!read_integer(call, i + 1, count)) return false;
      if (count >= 1) {
        options.count = static_cast<std::uint64_t>(count);
        continue;
      }
    } else if (more && equals_ignoring_case(args[i], "match")) {
      options.pattern = args[i + 1];
      options.any_pattern = options.pattern == "*";
      continue;
    } else if (more && equals_ignoring_case(args[i], "type")) {
      options.streams = equals_ignoring_case(args[i + 1], "stream");
      continue;
    }
    call.reply.error(kSyntaxError);
    return false;
  }
  return true;
}

void write_names(resp::Writer& reply, const std::vector<std::string_view>& names) {
  reply.array(names.size());
  for (const std::string_view name : names) reply.bulk(name);
}

// --- removing and renaming ---

void remove_keys(Call& call) {
  std::int64_t removed = 0;
  for (std::size_t i = 1; i < call.args.size(); ++i) {
    Key* key = find(call, i);
    if (key == nullptr) continue;
    call.broker.history().erase(*key);
    ++removed;
  }
  call.reply.integer(removed);
}

void rename(Call& call, bool replace) {
  Key* key = find(call, 1);
  if (key == nullptr) {
    call.reply.error(kNoSuchKey);
    return;
  }
  const bool same = call.args[1] == call.args[2];
  const bool refused = !replace && (same || find(call, 2) != nullptr);
  if (!same && !refused) call.broker.history().rename(*key, call.args[2]);
  if (replace) {
    call.reply.ok();
  } else {
    call.reply.integer(refused ? 0 : 1);
  }
}

// ASYNC or SYNC: what is thrown away is freed little by little in any case.
bool read_flush_options(Call& call) {
  const auto& args = call.args;
  if (args.size() == 1 || (args.size() == 2 && (equals_ignoring_case(args[1], "async") ||
                                                equals_ignoring_case(args[1], "sync")))) {
    return true;
  }
  call.reply.error(kSyntaxError);
  return false;
}

}  // namespace

void run_del(Call& call) {
  remove_keys(call);
}
void run_unlink(Call& call) {
  remove_keys(call);
}

void run_exists(Call& call) {
  std::int64_t found = 0;
  for (std::size_t i = 1; i < call.args.size(); ++i) {
    if (call.broker.history().find_for_reading(db(call), call.args[i])) ++found;
  }
  call.reply.integer(found);
}

void run_type(Call& call) {
  call.reply.simple(find(call, 1) ? "stream" : "none");
}

void run_expire(Call& call) {
  expire(call, 1000);
}
void run_pexpire(Call& call) {
  expire(call, 1);
}
void run_ttl(Call& call) {
  time_to_live(call, 1000);
}
void run_pttl(Call& call) {
  time_to_live(call, 1);
}

void run_persist(Call& call) {
  Key* key = find(call, 1);
  const bool had_time = key && key->expires();
  if (had_time) call.broker.history().expire_at(*key, Key::kNever);
  call.reply.integer(had_time ? 1 : 0);
}

void run_keys(Call& call) {
  const History& history = call.broker.history();
  const std::string_view pattern = call.args[1];
  const std::int64_t now_ms = history.now_ms();
  std::vector<std::string_view> names;
  history.names(db(call)).for_each([&](const Key& key) {
    if (key.expires_at_ms() > now_ms && (pattern == "*" || glob_match(pattern, key.name()))) {
      names.push_back(key.name());
    }
  });
  write_names(call.reply, names);
}

void run_scan(Call& call) {
  ScanOptions options;
  if (!read_scan_options(call, options)) return;
  const History& history = call.broker.history();
  const std::int64_t now_ms = history.now_ms();
  std::vector<std::string_view> names;
  const std::uint64_t cursor =
      history.names(db(call)).scan(options.cursor, options.count, [&](const Key& key) {
        const bool matches = options.any_pattern || glob_match(options.pattern, key.name());
        if (matches && options.streams && key.expires_at_ms() > now_ms) {
          names.push_back(key.name());
        }
      });
  call.reply.array(2);
  call.reply.bulk(std::to_string(cursor));
  write_names(call.reply, names);
}

void run_dbsize(Call& call) {
  const auto keys = call.broker.history().names(db(call)).size();
  call.reply.integer(static_cast<std::int64_t>(keys));
}

void run_rename(Call& call) {
  rename(call, true);
}
void run_renamenx(Call& call) {
  rename(call, false);
}

// Who waits for the new name is shown what the key holds; and what comes next in a transaction will
// look at it under a name that it does not have yet.
void need_rename(Call& call, StreamNeeds& needs) {
  const bool in_transaction = call.client.session().transaction != nullptr;
  if (in_transaction || call.broker.blocked_readers().waits_for(db(call), call.args[2])) {
    needs.push_back({.key = call.args[1]});
  }
  if (in_transaction) needs.push_back({.key = call.args[1], .once = true});
}

void run_flushall(Call& call) {
  if (!read_flush_options(call)) return;
  for (int each = 0; each < History::kDatabases; ++each) call.broker.history().clear(each);
  call.reply.ok();
}

void run_flushdb(Call& call) {
  if (!read_flush_options(call)) return;
  call.broker.history().clear(db(call));
  call.reply.ok();
}

}  // namespace parley::broker
