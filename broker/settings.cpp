#include "broker/settings.h"

#include "broker/broker.h"
#include "broker/memory_word.h"
#include "broker/output_limits.h"
#include "common/text.h"

namespace parley::broker {

namespace {

constexpr std::uint64_t kMegabyte = 1024 * 1024;
constexpr std::uint64_t kLargest = INT64_MAX;
constexpr std::string_view kNotMemory = "argument must be a memory value";
constexpr std::string_view kNotYesNo = "argument must be 'yes' or 'no'";

template <class Number>
std::string out_of_range(Number least, std::uint64_t most) {
  return "argument must be between " + std::to_string(least) + " and " + std::to_string(most) +
         " inclusive";
}

// What cannot be what the table says, because this broker does not have the thing at all.
std::string only_constant(const Setting& setting, std::string_view value) {
  if (value == setting.constant) return {};
  return "this broker supports only '" + std::string(setting.constant) + "'";
}

std::string get_constant(Broker&, const Setting& setting) {
  return std::string(setting.constant);
}

// --- kinds: each makes one line of the table ---

// `place` is a function from the broker to the variable.
template <auto place, std::int64_t least, std::uint64_t most>
constexpr Setting number(std::string_view name) {
  return {name, [](Broker& broker, const Setting&) { return std::to_string(place(broker)); },
          [](Broker& broker, const Setting&, std::string_view value, bool apply) -> std::string {
            std::int64_t number = 0;
            if (!resp::parse_integer(value, number)) {
              return "argument couldn't be parsed into an integer";
            }
            if (number < least || (number > 0 && static_cast<std::uint64_t>(number) > most)) {
              return out_of_range(least, most);
            }
            auto& variable = place(broker);
            if (apply) variable = static_cast<std::decay_t<decltype(variable)>>(number);
            return {};
          }};
}

template <auto place, std::uint64_t least>
constexpr Setting memory(std::string_view name) {
  return {name, [](Broker& broker, const Setting&) { return std::to_string(place(broker)); },
          [](Broker& broker, const Setting&, std::string_view value, bool apply) -> std::string {
            std::uint64_t bytes = 0;
            const MemoryWord word = read_memory(value, bytes);
            if (word == MemoryWord::kNotMemory) return std::string(kNotMemory);
            if (word == MemoryWord::kTooLarge || bytes < least || bytes > kLargest) {
              return out_of_range(least, kLargest);
            }
            auto& variable = place(broker);
            if (apply) variable = static_cast<std::decay_t<decltype(variable)>>(bytes);
            return {};
          }};
}

template <auto place>
constexpr Setting yes_no(std::string_view name) {
  return {name,
          [](Broker& broker, const Setting&) { return std::string(place(broker) ? "yes" : "no"); },
          [](Broker& broker, const Setting&, std::string_view value, bool apply) -> std::string {
            const bool yes = equals_ignoring_case(value, "yes");
            if (!yes && !equals_ignoring_case(value, "no")) return std::string(kNotYesNo);
            if (apply) place(broker) = yes;
            return {};
          }};
}

constexpr Setting immutable(std::string_view name, std::string_view value) {
  return {name, get_constant, nullptr, value};
}

constexpr Setting immutable(std::string_view name,
                            std::string (*get)(Broker& broker, const Setting& setting)) {
  return {name, get, nullptr};
}

// Redis lets it be changed, this broker has only the one value.
constexpr Setting constant(std::string_view name, std::string_view value) {
  return {name, get_constant,
          [](Broker&, const Setting& setting, std::string_view wanted, bool) {
            return only_constant(setting, wanted);
          },
          value};
}

constexpr Setting constant_yes_no(std::string_view name, std::string_view value) {
  return {name, get_constant,
          [](Broker&, const Setting& setting, std::string_view wanted, bool) {
            if (wanted != "yes" && wanted != "no") return std::string(kNotYesNo);
            return only_constant(setting, wanted);
          },
          value};
}

constexpr Setting constant_memory(std::string_view name, std::string_view value) {
  return {name, get_constant,
          [](Broker&, const Setting& setting, std::string_view wanted, bool) {
            std::uint64_t bytes = 0;
            if (read_memory(wanted, bytes) != MemoryWord::kOk) return std::string(kNotMemory);
            return only_constant(setting, std::to_string(bytes));
          },
          value};
}

std::string none_of(std::string_view choices) {
  return "argument(s) must be one of the following: " + std::string(choices);
}

template <const auto& choices>
constexpr Setting constant_choice(std::string_view name, std::string_view value) {
  return {name, get_constant,
          [](Broker&, const Setting& setting, std::string_view wanted, bool) -> std::string {
            if (wanted == setting.constant) return {};
            std::string all;
            for (const std::string_view choice : choices) {
              if (choice == wanted) return only_constant(setting, wanted);
              all.append(all.empty() ? "" : ", ").append(choice);
            }
            return none_of(all);
          },
          value};
}

// --- settings of a kind of their own ---

constexpr std::string_view kFsyncChoices[] = {"everysec", "always", "no"};
constexpr std::string_view kAclChoices[] = {"allchannels", "resetchannels"};
constexpr std::string_view kEvictionChoices[] = {
    "volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl",
    "allkeys-lru",  "allkeys-lfu",  "allkeys-random",  "noeviction"};

std::string get_bind(Broker& broker, const Setting&) {
  std::string text;
  for (const std::string& address : broker.options().bind) {
    text.append(text.empty() ? "" : " ").append(address);
  }
  return text;
}

std::string get_port(Broker& broker, const Setting&) {
  return std::to_string(broker.port());
}

std::string get_output_limits(Broker& broker, const Setting&) {
  return output_limits_text(broker.options().limits);
}

std::string set_output_limits(Broker& broker, const Setting&, std::string_view value, bool apply) {
  Limits limits = broker.options().limits;
  std::string error = read_output_limits(value, limits);
  if (error.empty() && apply) broker.options().limits = limits;
  return error;
}

// Redis shows the password here. Whoever may ask may also change it, but a screen or a log of
// requests is no place for it.
std::string get_password(Broker& broker, const Setting&) {
  return broker.options().password.empty() ? "" : "(hidden)";
}

std::string set_password(Broker& broker, const Setting&, std::string_view value, bool apply) {
  if (apply) broker.options().password = Password(value);
  return {};
}

struct LogLevel {
  std::string_view name;
  spdlog::level::level_enum level;
};

constexpr LogLevel kLogLevels[] = {{"debug", spdlog::level::trace},
                                   {"verbose", spdlog::level::debug},
                                   {"notice", spdlog::level::info},
                                   {"warning", spdlog::level::warn}};

std::string get_log_level(Broker& broker, const Setting&) {
  for (const LogLevel& level : kLogLevels) {
    if (broker.log().level() == level.level) return std::string(level.name);
  }
  return "warning";
}

std::string set_log_level(Broker& broker, const Setting&, std::string_view value, bool apply) {
  for (const LogLevel& level : kLogLevels) {
    if (!equals_ignoring_case(value, level.name)) continue;
    if (apply) broker.log().set_level(level.level);
    return {};
  }
  return none_of("debug, verbose, notice, warning");
}

// To add a setting, add a line.
constexpr Setting kSettings[] = {
    constant_choice<kAclChoices>("acl-pubsub-default", "resetchannels"),
    constant_choice<kFsyncChoices>("appendfsync", "everysec"),
    constant_yes_no("appendonly", "no"),
    immutable("bind", get_bind),
    Setting{"client-output-buffer-limit", get_output_limits, set_output_limits},
    memory<[](Broker& b) -> auto& { return b.options().limits.query_buffer_bytes_max; }, kMegabyte>(
        "client-query-buffer-limit"),
    immutable("cluster-enabled", "no"),
    immutable("daemonize", "no"),
    immutable("databases", "16"),
    immutable("dir", ""),
    immutable("io-threads", "1"),
    Setting{"loglevel", get_log_level, set_log_level},
    number<[](Broker& b) -> auto& { return b.options().limits.clients_max; }, 1, UINT32_MAX>(
        "maxclients"),
    constant_memory("maxmemory", "0"),
    constant_memory("maxmemory-clients", "0"),
    constant_choice<kEvictionChoices>("maxmemory-policy", "noeviction"),
    constant("notify-keyspace-events", ""),
    immutable("port", get_port),
    memory<[](Broker& b) -> auto& { return b.options().limits.bulk_bytes_max; }, kMegabyte>(
        "proto-max-bulk-len"),
    yes_no<[](Broker& b) -> auto& { return b.options().protected_mode; }>("protected-mode"),
    constant_yes_no("replica-read-only", "yes"),
    Setting{"requirepass", get_password, set_password},
    constant("save", ""),
    constant_yes_no("slave-read-only", "yes"),
    number<[](Broker& b) -> auto& { return b.options().limits.slowlog_microseconds_min; }, -1,
           kLargest>("slowlog-log-slower-than"),
    number<[](Broker& b) -> auto& { return b.options().limits.slowlog_entries_max; }, 0, kLargest>(
        "slowlog-max-len"),
    memory<[](Broker& b) -> auto& { return b.history().limits().nodes.bytes_max; }, 0>(
        "stream-node-max-bytes"),
    number<[](Broker& b) -> auto& { return b.history().limits().nodes.entries_max; }, 0, kLargest>(
        "stream-node-max-entries"),
    number<[](Broker& b) -> auto& { return b.options().limits.subscriptions_max; }, 1, UINT32_MAX>(
        "subscriptions-limit"),
    number<[](Broker& b) -> auto& { return b.options().limits.keep_alive.idle_seconds; }, 0,
           INT32_MAX>("tcp-keepalive"),
    number<[](Broker& b) -> auto& { return b.options().limits.keep_alive.unacknowledged_seconds; },
           0, INT32_MAX>("tcp-user-timeout"),
    number<[](Broker& b) -> auto& { return b.options().limits.idle_seconds_max; }, 0, INT32_MAX>(
        "timeout"),
};

}  // namespace

std::span<const Setting> settings() {
  return kSettings;
}

const Setting* find_setting(std::string_view name) {
  for (const Setting& setting : kSettings) {
    if (equals_ignoring_case(setting.name, name)) return &setting;
  }
  return nullptr;
}

}  // namespace parley::broker
