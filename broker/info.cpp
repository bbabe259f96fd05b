#include "broker/info.h"

#include <spdlog/fmt/fmt.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "broker/broker.h"
#include "common/program.h"
#include "common/text.h"

namespace parley::broker {

namespace {

class Section {
 public:
  explicit Section(std::string& out) : out_(out) {}

  template <class Value>
  Section& line(std::string_view name, const Value& value) {
    out_.append(name).append(":");
    if constexpr (std::is_arithmetic_v<Value>) {
      out_.append(std::to_string(value));
    } else {
      out_.append(value);
    }
    out_.append("\r\n");
    return *this;
  }

 private:
  std::string& out_;
};

std::uint64_t resident_bytes() {
  long pages_total = 0;
  long pages_resident = 0;
  if (std::FILE* file = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(file, "%ld %ld", &pages_total, &pages_resident) != 2) pages_resident = 0;
    std::fclose(file);
  }
  return static_cast<std::uint64_t>(pages_resident) *
         static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::string seconds(const timeval& time) {
  char text[40];
  std::snprintf(text, sizeof text, "%ld.%06ld", static_cast<long>(time.tv_sec),
                static_cast<long>(time.tv_usec));
  return text;
}

void server(Broker& broker, Section section) {
  const auto uptime = std::chrono::duration_cast<std::chrono::seconds>(
                          std::chrono::steady_clock::now() - broker.stats().started_at)
                          .count();
  section.line("redis_version", kRedisVersion)
      .line("redis_mode", "standalone")
      .line("parley_version", kVersion)
      .line("os", "Linux")
      .line("arch_bits", 64)
      .line("process_id", ::getpid())
      .line("run_id", broker.stats().run_id)
      .line("tcp_port", broker.port())
      .line("uptime_in_seconds", uptime)
      .line("uptime_in_days", uptime / 86400);
}

void clients(Broker& broker, Section section) {
  section.line("connected_clients", broker.clients().size())
      .line("maxclients", broker.options().limits.clients_max)
      .line("blocked_clients", broker.blocked_readers().size())
      .line("pubsub_clients", broker.pubsub().subscribed_clients())
      .line("watching_clients", broker.watches().clients());
}

void memory(Broker& broker, Section section) {
  section.line("used_memory", resident_bytes())
      .line("used_memory_rss", resident_bytes())
      .line("used_memory_frames", broker.loop().chunks().bytes_in_use())
      .line("used_memory_history", broker.history().memory_bytes())
      .line("maxmemory", 0);
}

void persistence(Broker& broker, Section section) {
  const Store* store = broker.store();
  section.line("loading", 0)
      .line("aof_enabled", store ? 1 : 0)
      .line("aof_last_write_status", store && !store->failure().empty() ? "err" : "ok");
  if (store == nullptr) return;
  const StoreOptions& options = store->options();
  section.line("history_directory", options.directory)
      .line("history_fsync", std::string(to_word(options.fsync)))
      .line("history_last_error", store->failure())
      .line("history_failures", store->counters().failures)
      .line("history_waiting_bytes", store->waiting_bytes())
      .line("history_writes", store->counters().commits)
      .line("history_reads", store->counters().loads)
      .line("history_memory_max", options.memory_bytes_max)
      .line("history_streams_on_disk", broker.history().incomplete());
}

void stats(Broker& broker, Section section) {
  const Stats& stats = broker.stats();
  const PubSub& pubsub = broker.pubsub();
  section.line("total_connections_received", stats.connections_received)
      .line("total_commands_processed", stats.commands_processed)
      .line("instantaneous_ops_per_sec", stats.commands_per_second)
      .line("total_net_input_bytes", stats.input_bytes)
      .line("total_net_output_bytes", broker.loop().bytes_sent())
      .line("rejected_connections", stats.connections_rejected)
      .line("expired_keys", broker.history().counters().expired)
      .line("keyspace_hits", broker.history().counters().hits)
      .line("keyspace_misses", broker.history().counters().misses)
      .line("pubsub_channels", pubsub.topics(TopicKind::kChannel).size())
      .line("pubsub_patterns", pubsub.topics(TopicKind::kPattern).size())
      .line("pubsubshard_channels", pubsub.topics(TopicKind::kShard).size())
      .line("pubsub_deliveries", pubsub.deliveries())
      .line("total_error_replies", broker.command_stats().errors())
      .line("client_query_buffer_limit_disconnections", stats.query_buffer_cuts)
      .line("client_output_buffer_limit_disconnections", stats.output_limit_cuts);
}

void replication(Broker&, Section section) {
  section.line("role", "master").line("connected_slaves", 0);
}

void cpu(Broker&, Section section) {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  section.line("used_cpu_sys", seconds(usage.ru_stime))
      .line("used_cpu_user", seconds(usage.ru_utime));
}

void cluster(Broker&, Section section) {
  section.line("cluster_enabled", 0);
}

void keyspace(Broker& broker, Section section) {
  for (int db = 0; db < History::kDatabases; ++db) {
    const Keyspace& keys = broker.history().database(db);
    if (keys.size() == 0) continue;
    section.line("db" + std::to_string(db), "keys=" + std::to_string(keys.size()) + ",expires=" +
                                                std::to_string(keys.expiring()) + ",avg_ttl=0");
  }
}

void error_stats(Broker& broker, Section section) {
  for (const auto& [code, count] : broker.command_stats().errors_by_code()) {
    section.line("errorstat_" + code, "count=" + std::to_string(count));
  }
}

double microseconds(std::chrono::nanoseconds time) {
  return static_cast<double>(time.count()) / 1000;
}

void command_stats(Broker& broker, Section section) {
  for (const auto& [name, counters] : broker.command_stats().commands()) {
    const double spent = microseconds(counters->spent);
    const double each = counters->calls > 0 ? spent / static_cast<double>(counters->calls) : 0;
    section.line("cmdstat_" + name,
                 fmt::format("calls={},usec={:.0f},usec_per_call={:.2f},rejected_calls={},"
                             "failed_calls={}",
                             counters->calls, spent, each, counters->rejected, counters->failed));
  }
}

void latency_stats(Broker& broker, Section section) {
  for (const auto& [name, counters] : broker.command_stats().commands()) {
    if (counters->calls == 0) continue;
    const auto percentile = [&](double share) {
      return microseconds(counters->durations.percentile(share));
    };
    section.line("latency_percentiles_usec_" + name,
                 fmt::format("p50={:.3f},p99={:.3f},p99.9={:.3f}", percentile(0.5),
                             percentile(0.99), percentile(0.999)));
  }
}

void nothing(Broker&, Section) {}

struct SectionEntry {
  std::string_view title;
  void (*write)(Broker&, Section);
  bool by_default = true;
};

constexpr SectionEntry kSections[] = {
    {"Server", server},
    {"Clients", clients},
    {"Memory", memory},
    {"Persistence", persistence},
    {"Stats", stats},
    {"Replication", replication},
    {"CPU", cpu},
    {"Modules", nothing},
    {"Commandstats", command_stats, false},
    {"Errorstats", error_stats},
    {"Latencystats", latency_stats, false},
    {"Cluster", cluster},
    {"Keyspace", keyspace},
};

bool wanted(const SectionEntry& entry, std::span<const std::string_view> sections) {
  if (sections.empty()) return entry.by_default;
  return std::any_of(sections.begin(), sections.end(), [&](std::string_view section) {
    if (equals_ignoring_case(section, "default")) return entry.by_default;
    return equals_ignoring_case(section, entry.title) || equals_ignoring_case(section, "all") ||
           equals_ignoring_case(section, "everything");
  });
}

}  // namespace

std::string info_text(Broker& broker, std::span<const std::string_view> sections) {
  std::string text;
  for (const SectionEntry& entry : kSections) {
    if (!wanted(entry, sections)) continue;
    if (!text.empty()) text += "\r\n";
    text.append("# ").append(entry.title).append("\r\n");
    entry.write(broker, Section(text));
  }
  return text;
}

}  // namespace parley::broker
