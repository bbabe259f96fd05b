#include "chatserver/options.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <iostream>
#include <thread>

#include "chatserver/mesh_keys.h"
#include "common/program.h"

namespace parley::chat {

namespace {

void add_mesh_options(CLI::App& app, MeshOptions& mesh) {
  app.add_option("--pub", mesh.publish,
                 "Without a broker: where this server publishes to others; a port of this machine, "
                 "tcp://address:port or ipc://path. Implies --bus zmq");
  app.add_option("--sub", mesh.subscribe,
                 "Without a broker: where another server publishes (its --pub), with #PUBLICKEY "
                 "behind it if there are keys; once for each other server");
  app.add_option("--ask", mesh.ask,
                 "Where other servers ask this one for what they missed; without it a free port "
                 "at the address of --pub");
  app.add_option("--peer-key", mesh.key_file,
                 "File with this server's own secret key: servers are authenticated and what they "
                 "tell each other is encrypted (CurveZMQ)");
  app.add_option("--peer-allow", mesh.allow,
                 "Public key of a server that may connect, or a file with one a line; may be given "
                 "several times. Those of --sub always may");
  app.add_option(
         "--peer-queue", mesh.queue_messages,
         "Messages that wait at each end of a connection to another server; what is more is "
         "dropped there, and asked for later")
      ->check(CLI::Range(1, 10'000'000))
      ->capture_default_str();
  app.add_flag("--insecure", mesh.insecure,
               "Let --pub listen to other machines without keys: whoever reaches the port then "
               "reads all rooms");
  app.add_option_function<std::string>(
         "--make-peer-key",
         [](const std::string& file) {
           std::cout << make_peer_key(file) << '\n';
           throw ExitEarly{0};
         },
         "Make a key, write it to this new file, print its public half, and exit")
      ->trigger_on_parse();
}

void add_limits_of_connections(CLI::App& app, Options& options) {
  app.add_option("--max-connections", options.connections_max,
                 "Most connections of a worker at a time")
      ->capture_default_str();
  app.add_option(
         "--max-per-address", options.connections_per_address_max,
         "Most connections at a time from one address, an IPv6 /64 being one, over all "
         "workers; 0 for no limit. Of those through a --trusted-proxy only WebSockets count")
      ->capture_default_str();
  app.add_option_function<std::vector<std::string>>(
      "--trusted-proxy",
      [&options](const std::vector<std::string>& texts) {
        for (const std::string& text : texts) {
          const auto range = parse_address_range(text);
          if (!range) {
            throw std::runtime_error("--trusted-proxy " + text +
                                     ": this is no IP address or range of them; write 10.0.0.1, "
                                     "10.0.0.0/8 or fd00::/8");
          }
          options.trusted_proxies.push_back(*range);
        }
      },
      "ADDRESS[/BITS] of a proxy whose X-Forwarded-For says who its clients are; may be given "
      "several times");
}

// What `--bus` and the options of a mesh say together.
void settle_bus(const CLI::App& app, Options& options) {
  const bool is_zmq = options.bus == "zmq" || options.bus.starts_with("zmq://");
  if (is_zmq) read_mesh_url(options.bus, options.mesh);
  if (is_zmq || options.mesh.wanted()) {
    if (!is_zmq && app.count("--bus") > 0) {
      throw std::runtime_error("--pub and --sub are for a mesh, and --bus names another bus (" +
                               options.bus + "); leave one of them out");
    }
    check_mesh(options.mesh);
    if (!is_zmq) options.bus = "zmq";
  }
  const bool one_worker = options.bus == "local" || options.mesh.wanted();
  if (app.count("--workers") == 0) {
    options.workers = one_worker ? 1 : std::max(1U, std::thread::hardware_concurrency());
  } else if (one_worker && options.workers > 1) {
    throw std::runtime_error(
        "--workers " + std::to_string(options.workers) +
        ": workers meet on a bus; give --bus redis://host:port, or one worker");
  }
}

}  // namespace

Options parse_options(int argc, const char* const* argv) {
  Options options;
  CLI::App app(
      "A chat server: browsers and programs talk to it over WebSocket. Start one alone, or "
      "several\n"
      "that meet on a bus.",
      "parley-chat");
  app.add_option("--http,port", options.port, "TCP port for HTTP and WebSocket; 0 picks a free one")
      ->capture_default_str();
  app.add_option("--bind", options.bind, "IP address to listen on")->capture_default_str();
  app.add_option(
         "--bus", options.bus,
         "Where servers meet: local (this server alone), redis://[user:password@]host:port "
         "(parley-broker, Redis, Valkey) or zmq://?pub=PLACE&sub=PLACE (no broker: see --pub)")
      ->capture_default_str();
  app.add_option("--workers", options.workers,
                 "Copies of the server, a thread each, on the same port; --bus local and a "
                 "mesh take one")
      ->check(CLI::Range(1, 256))
      ->default_str("one for each core, or 1");
  app.add_option("--www", options.www, "Folder of the web page; without it there is none");
  app.add_option("--origin", options.origins,
                 "Further origin whose pages may connect, such as https://*.example.com; may be "
                 "given several times. A page of this server always may");
  app.add_option("--history-size", options.history_size, "Messages that are kept of each room")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  app.add_option("--message-rate", options.clients.messages_per_second,
                 "Messages a second that one client may send, and 5 times that at once; 0 for no "
                 "limit")
      ->capture_default_str();
  app.add_option("--max-message", options.message_bytes_max, "Most bytes of one frame of a client")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--max-queue", options.queue_bytes_max,
                 "Most bytes that wait for one client; one that reads more slowly is cut")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  add_limits_of_connections(app, options);
  app.add_option_function<std::int64_t>(
         "--ping",
         [&options](std::int64_t seconds) {
           options.clients.ping_interval = std::chrono::seconds(seconds);
         },
         "Seconds between two pings to a client; one that does not answer is cut some seconds "
         "later")
      ->check(CLI::Range(1, 3600))
      ->default_str(std::to_string(options.clients.ping_interval.count()));
  app.add_option(
         "--drain", options.drain_seconds,
         "Seconds that the port stays open after SIGTERM, while clients are told to go elsewhere, "
         "one after the other; 0: all at once. A second signal ends it")
      ->check(CLI::Range(0, 3600))
      ->capture_default_str();
  app.add_option("--ready-grace", options.ready_grace_seconds,
                 "Seconds that the bus may be away before /readyz says 503; 0: at once. Before the "
                 "bus was reached for the first time it says so in any case")
      ->check(CLI::Range(0, 86'400))
      ->capture_default_str();
  add_mesh_options(app, options.mesh);
  add_common_options(app, options.log);
  read_options(app, argc, argv);
  settle_bus(app, options);
  return options;
}

}  // namespace parley::chat
