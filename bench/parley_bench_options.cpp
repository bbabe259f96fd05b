#include "bench/parley_bench_options.h"

#include <CLI/CLI.hpp>
#include <map>

#include "bench/parley_bench_payload.h"

namespace parley::bench {
namespace {

const std::map<std::string, Proto> kProtos = {{"resp", Proto::resp},
                                              {"nats", Proto::nats},
                                              {"ws", Proto::ws},
                                              {"ws-json", Proto::ws_json},
                                              {"socket-io", Proto::socket_io}};

void add_target(CLI::App& app, Options& options) {
  app.add_option("--proto", options.proto,
                 "resp, nats, ws (bare text), ws-json (Centrifugo) or socket-io")
      ->transform(CLI::CheckedTransformer(kProtos));
  app.add_option("--host", options.host, "IPv4 address of the server")->capture_default_str();
  app.add_option("--port", options.port, "port of the server")
      ->required()
      ->check(CLI::Range(1, 65535));
  app.add_option("--pub-port", options.pub_port, "publish at this port instead")
      ->check(CLI::Range(1, 65535));
  app.add_option("--more-ports", options.more_ports,
                 "further servers, comma separated: subscribers are spread over them and --port")
      ->delimiter(',');
  app.add_option("--path", options.path, "WebSocket path [/ or /connection/websocket]");
  app.add_option("--channel-prefix", options.channel_prefix, "channels are PREFIX.00000 and so on")
      ->capture_default_str();
  app.add_option("--server-pid", options.server_pids,
                 "processes whose CPU time and memory are reported, comma separated")
      ->delimiter(',');
}

void add_load(CLI::App& app, Options& options) {
  app.add_option("--subscribers", options.subscribers)->capture_default_str();
  app.add_option("--channels", options.channels, "spread the subscribers over so many channels")
      ->capture_default_str()
      ->check(CLI::Range(1, 99999));
  app.add_option("--publishers", options.publishers, "connections that publish")
      ->capture_default_str()
      ->check(CLI::Range(1, 10000));
  app.add_option("--stalled", options.stalled, "so many further subscribers that never read");
  app.add_option("--patterns", options.patterns,
                 "patterns held by further idle clients, 1000 each");
  app.add_option("--pattern-shape", options.pattern_shape, "their form; N becomes a number")
      ->capture_default_str();
  app.add_option("--psubscribe", options.psubscribe,
                 "each subscriber holds so many matching patterns instead of its channel");
  app.add_option("--payload", options.payload_bytes, "bytes of a message")
      ->capture_default_str()
      ->check(CLI::Range(std::size_t{8}, std::size_t{16} << 20));
  app.add_option("--window", options.window, "closed loop: messages on their way at most")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000000));
}

void add_run(CLI::App& app, Options& options) {
  app.add_option("--seconds", options.seconds, "time measured")->capture_default_str();
  app.add_option("--messages", options.messages, "publish so many, measure from first to last");
  app.add_option("--warmup", options.warmup_seconds, "seconds before it")->capture_default_str();
  app.add_option("--rate", options.rate, "open loop: messages per second, latency is measured");
  app.add_option("--idle", options.idle, "open so many subscribers, report the server's memory");
  app.add_option("--churn", options.churn, "one client subscribes and unsubscribes so many");
  app.add_option("--timeout", options.timeout_seconds, "longest wait for an answer")
      ->capture_default_str();
  app.add_option("--deadline", options.deadline_seconds, "the program ends after so many seconds")
      ->capture_default_str();
  app.add_flag("--json", options.json, "print one JSON object instead of text");
}

/// What the options demand of each other.
std::string complaint(const Options& options) {
  const bool websocket = options.proto != Proto::resp && options.proto != Proto::nats;
  if (options.subscribers < 1) return "--subscribers must be at least 1";
  if (options.subscribers % options.channels != 0) {
    return "--subscribers must be a multiple of --channels, or channels would differ in cost";
  }
  if (options.rate > 0 && options.payload_bytes < kStampedPayloadMin) {
    return "--rate needs --payload of at least " + std::to_string(kStampedPayloadMin) +
           ", for the time in each message";
  }
  if (options.psubscribe > 0 && options.proto != Proto::resp) {
    return "--psubscribe is for --proto resp";
  }
  if (options.psubscribe > 0 && options.channels > 1) {
    return "--psubscribe needs --channels 1: its patterns match every channel";
  }
  if (options.patterns > 0 && websocket) return "--patterns is for --proto resp and nats";
  if (options.churn > 0 && websocket) return "--churn is for --proto resp and nats";
  const int publishing_members = options.publishers * options.channels;
  if (websocket && options.pub_port == 0 && publishing_members > options.subscribers) {
    return "over WebSocket each channel's members publish: --publishers times --channels must not "
           "exceed --subscribers";
  }
  return {};
}

}  // namespace

std::optional<Options> read_options(int argc, char** argv, int& exit_code) {
  CLI::App app{"Load for publish/subscribe servers, and what it cost them. See bench/README.md."};
  Options options;
  add_target(app, options);
  add_load(app, options);
  add_run(app, options);
  try {
    app.parse(argc, argv);
    if (auto text = complaint(options); !text.empty()) throw CLI::ValidationError(text);
  } catch (const CLI::ParseError& error) {
    exit_code = app.exit(error);
    return std::nullopt;
  }
  options.channels_given = app.count("--channels") > 0;
  if (options.path.empty()) {
    options.path = options.proto == Proto::ws_json ? "/connection/websocket" : "/";
  }
  return options;
}

}  // namespace parley::bench
