#include "broker/metrics.h"

#include <chrono>

#include "broker/broker.h"
#include "common/metrics_server.h"

namespace parley::broker {

namespace {

Metric counter(const char* name, const char* help, std::uint64_t value) {
  return {name, help, Metric::Kind::kCounter, static_cast<double>(value)};
}

Metric gauge(const char* name, const char* help, std::uint64_t value) {
  return {name, help, Metric::Kind::kGauge, static_cast<double>(value)};
}

// Unsent output of all clients, as if none shared a frame.
std::uint64_t unsent_bytes(const Broker& broker) {
  std::uint64_t sum = 0;
  for (const auto& entry : broker.clients()) sum += entry.second->outbox().bytes();
  return sum;
}

void add_store(Broker& broker, const Store& store, std::vector<Metric>& metrics) {
  metrics.push_back(gauge("parley_broker_history_failed",
                          "1 while streams cannot be written to disk", !store.failure().empty()));
  metrics.push_back(gauge("parley_broker_history_waiting_bytes",
                          "Changes of streams that wait for the disk", store.waiting_bytes()));
  metrics.push_back(gauge("parley_broker_history_streams_on_disk",
                          "Streams with entries that are on disk alone",
                          broker.history().incomplete()));
  metrics.push_back(counter("parley_broker_history_failures_total",
                            "Times that writing to disk began to fail", store.counters().failures));
  metrics.push_back(counter("parley_broker_history_writes_total",
                            "Writes to disk, each with all that waited", store.counters().commits));
  metrics.push_back(counter("parley_broker_history_reads_total",
                            "Times that entries were brought back from disk",
                            store.counters().loads));
}

}  // namespace

std::string metrics_text(Broker& broker) {
  const Stats& stats = broker.stats();
  const PubSub& pubsub = broker.pubsub();
  const auto uptime = std::chrono::duration_cast<std::chrono::seconds>(
                          std::chrono::steady_clock::now() - stats.started_at)
                          .count();
  std::vector<Metric> metrics = {
      gauge("parley_broker_uptime_seconds", "Time since the start",
            static_cast<std::uint64_t>(uptime)),
      gauge("parley_broker_clients", "Clients connected", broker.clients().size()),
      gauge("parley_broker_subscribed_clients", "Clients with a subscription",
            pubsub.subscribed_clients()),
      gauge("parley_broker_channels", "Channels with a subscriber",
            pubsub.topics(TopicKind::kChannel).size()),
      gauge("parley_broker_shard_channels", "Shard channels with a subscriber",
            pubsub.topics(TopicKind::kShard).size()),
      gauge("parley_broker_patterns", "Different patterns subscribed to",
            pubsub.topics(TopicKind::kPattern).size()),
      gauge("parley_broker_unsent_bytes", "Output that clients have not taken yet, each for itself",
            unsent_bytes(broker)),
      gauge("parley_broker_frame_memory_bytes", "Memory of output, shared frames counted once",
            broker.loop().chunks().bytes_in_use()),
      counter("parley_broker_connections_total", "Connections accepted",
              stats.connections_received),
      counter("parley_broker_connections_rejected_total", "Connections refused at the limit",
              stats.connections_rejected),
      counter("parley_broker_commands_total", "Commands processed", stats.commands_processed),
      counter("parley_broker_error_replies_total", "Error replies",
              broker.command_stats().errors()),
      counter("parley_broker_deliveries_total", "Messages put into a subscriber's output",
              pubsub.deliveries()),
      counter("parley_broker_received_bytes_total", "Bytes received", stats.input_bytes),
      counter("parley_broker_sent_bytes_total", "Bytes sent", broker.loop().bytes_sent()),
      counter("parley_broker_output_limit_cuts_total", "Clients cut because they read too slowly",
              stats.output_limit_cuts),
      counter("parley_broker_query_buffer_cuts_total", "Clients cut for a request without end",
              stats.query_buffer_cuts),
      counter("parley_broker_ticks_total", "Turns of the event loop", broker.loop().ticks()),
      counter("parley_broker_handlers_total", "Events handled in them", broker.loop().handlers()),
      gauge("parley_broker_history_memory_bytes", "Memory of streams",
            broker.history().memory_bytes()),
  };
  if (const Store* store = broker.store()) add_store(broker, *store, metrics);
  return prometheus_text(metrics);
}

}  // namespace parley::broker
