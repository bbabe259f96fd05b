#include "chatserver/metrics.h"

#include <vector>

#include "common/metrics_server.h"

namespace parley::chat {

namespace {

constexpr auto kCounter = Metric::Kind::kCounter;
constexpr auto kGauge = Metric::Kind::kGauge;

struct Row {
  Number number;
  Metric::Kind kind;
  const char* name;
  const char* help;
  const char* label = nullptr;
  const char* value = nullptr;
};

// Rows of one name are neighbours and have the same help and kind.
constexpr const char* kClients = "Clients that talk over a WebSocket, by the form of their frames";
constexpr const char* kRefused = "Connections that were refused because of a limit";
constexpr const char* kCuts =
    "Clients whose conversation this server ended, by the reason: slow (--max-queue), no_pong, "
    "bad_request and bad_frame (against the protocol), too_large (--max-message), stale (no "
    "connect in time), wrong_form (binary), not_available, not_ready (too much sent before the "
    "room was open), shutdown";
constexpr const char* kNotTaken =
    "Messages of clients that were refused, by the reason: too_fast (--message-rate), bad_request, "
    "bus (it answered with an error, or too much waits for it)";

constexpr Row kRows[] = {
    {Number::kConnections, kGauge, "parley_chat_connections",
     "Connections that are open, those that only use HTTP included"},
    {Number::kTextClients, kGauge, "parley_chat_clients", kClients, "form", "text"},
    {Number::kProtocolClients, kGauge, "parley_chat_clients", kClients, "form", "json"},
    {Number::kRooms, kGauge, "parley_chat_rooms",
     "Rooms with members here; one counts once for each worker that it is open on"},
    {Number::kMembers, kGauge, "parley_chat_members",
     "Places of clients in rooms; a client counts once for each room that it is in"},
    {Number::kPeople, kGauge, "parley_chat_presence_entries",
     "People in the lists of those rooms, those on other servers included; each worker has lists "
     "of its own"},
    {Number::kUnsentBytes, kGauge, "parley_chat_unsent_bytes",
     "Output that clients have not taken yet, each for itself"},
    {Number::kFrameBytes, kGauge, "parley_chat_frame_memory_bytes",
     "Memory of output, shared frames counted once"},
    {Number::kBusWaitingMessages, kGauge, "parley_chat_bus_waiting_messages",
     "Messages of clients that wait for the bus or for its answer"},
    {Number::kBusWaitingBytes, kGauge, "parley_chat_bus_waiting_bytes", "Their bytes"},
    {Number::kBusOutages, kCounter, "parley_chat_bus_outages_total",
     "Times that the bus went away, counted by each worker"},
    {Number::kAccepted, kCounter, "parley_chat_connections_accepted_total", "Connections taken in"},
    {Number::kRefusedMaxConnections, kCounter, "parley_chat_connections_refused_total", kRefused,
     "limit", "max_connections"},
    {Number::kRefusedPerAddress, kCounter, "parley_chat_connections_refused_total", kRefused,
     "limit", "max_per_address"},
    {Number::kCutSlow, kCounter, "parley_chat_cuts_total", kCuts, "reason", "slow"},
    {Number::kCutNoPong, kCounter, "parley_chat_cuts_total", kCuts, "reason", "no_pong"},
    {Number::kCutBadRequest, kCounter, "parley_chat_cuts_total", kCuts, "reason", "bad_request"},
    {Number::kCutBadFrame, kCounter, "parley_chat_cuts_total", kCuts, "reason", "bad_frame"},
    {Number::kCutTooLarge, kCounter, "parley_chat_cuts_total", kCuts, "reason", "too_large"},
    {Number::kCutStale, kCounter, "parley_chat_cuts_total", kCuts, "reason", "stale"},
    {Number::kCutWrongForm, kCounter, "parley_chat_cuts_total", kCuts, "reason", "wrong_form"},
    {Number::kCutNotAvailable, kCounter, "parley_chat_cuts_total", kCuts, "reason",
     "not_available"},
    {Number::kCutNotReady, kCounter, "parley_chat_cuts_total", kCuts, "reason", "not_ready"},
    {Number::kCutShutdown, kCounter, "parley_chat_cuts_total", kCuts, "reason", "shutdown"},
    {Number::kStored, kCounter, "parley_chat_publications_accepted_total",
     "Messages of clients that the bus has taken"},
    {Number::kRefusedTooFast, kCounter, "parley_chat_publications_refused_total", kNotTaken,
     "reason", "too_fast"},
    {Number::kRefusedBadRequest, kCounter, "parley_chat_publications_refused_total", kNotTaken,
     "reason", "bad_request"},
    {Number::kRefusedByBus, kCounter, "parley_chat_publications_refused_total", kNotTaken, "reason",
     "bus"},
    {Number::kMessages, kCounter, "parley_chat_messages_total",
     "Messages that rooms with members here had from the bus"},
    {Number::kDeliveries, kCounter, "parley_chat_deliveries_total",
     "Frames of rooms put into a client's output: messages, and news of people"},
    {Number::kSentBytes, kCounter, "parley_chat_sent_bytes_total", "Bytes sent"},
    {Number::kCatchUps, kCounter, "parley_chat_catch_ups_total",
     "Readings of a room's history so that nothing is missing, the one at its opening included"},
    {Number::kCaughtUp, kCounter, "parley_chat_caught_up_messages_total",
     "Messages that came to a room by such a reading, or were held back meanwhile"},
    {Number::kTicks, kCounter, "parley_chat_ticks_total", "Turns of the event loops"},
    {Number::kHandlers, kCounter, "parley_chat_handlers_total", "Events handled in them"},
};

constexpr Row kMeshRows[] = {
    {Number::kMeshPeers, kGauge, "parley_chat_mesh_peers",
     "Other servers of the mesh that this one hears"},
    {Number::kMeshPublished, kCounter, "parley_chat_mesh_published_total",
     "Messages published to the other servers of the mesh"},
    {Number::kMeshReceived, kCounter, "parley_chat_mesh_received_total",
     "What came from them, news of who is in a room included"},
    {Number::kMeshFetched, kCounter, "parley_chat_mesh_fetched_total",
     "Messages that did not come by themselves and were asked for"},
    {Number::kMeshMissed, kCounter, "parley_chat_mesh_missed_total",
     "Messages of theirs that never came and that nobody has any more"},
    {Number::kMeshJunk, kCounter, "parley_chat_mesh_junk_total",
     "Times that what came was no message of a server"},
};

Metric metric_of(const Row& row, const Numbers& sums) {
  Metric metric{row.name, row.help, row.kind, static_cast<double>(sums[row.number])};
  if (row.label != nullptr) metric.labels.push_back({row.label, row.value});
  return metric;
}

Metric lag_of(const Numbers& sums) {
  Metric metric{"parley_chat_lag_seconds",
                "Time from a message's `at`, set by the server that accepted it, until it is in "
                "the output of its readers here; once for each worker with readers, in whole "
                "milliseconds. Clocks of machines may differ: what would be negative counts as 0",
                Metric::Kind::kHistogram, static_cast<double>(sums[Number::kLagSumMs]) / 1000};
  for (std::size_t n = 0; n < LagCounts::kBordersMs.size(); ++n) {
    metric.buckets.push_back(
        {static_cast<double>(LagCounts::kBordersMs[n]) / 1000, sums.lag_bucket(n)});
  }
  metric.above = sums.lag_bucket(LagCounts::kBuckets - 1);
  return metric;
}

}  // namespace

std::string metrics_text(const Numbers& sums, const MetricsContext& context) {
  std::vector<Metric> metrics = {
      {"parley_chat_uptime_seconds", "Time since the start", kGauge,
       static_cast<double>(context.uptime.count())},
      {"parley_chat_workers", "Workers (--workers), each with rooms and a bus of its own", kGauge,
       static_cast<double>(context.workers)},
      {"parley_chat_bus_up", "1 while the bus is up for every worker", kGauge,
       sums[Number::kBusAway] == 0 ? 1.0 : 0.0},
  };
  for (const Row& row : kRows) metrics.push_back(metric_of(row, sums));
  if (context.is_mesh) {
    for (const Row& row : kMeshRows) metrics.push_back(metric_of(row, sums));
  }
  metrics.push_back(lag_of(sums));
  return prometheus_text(metrics);
}

}  // namespace parley::chat
