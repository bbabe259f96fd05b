#include "chatserver/options.h"

#include <CLI/CLI.hpp>

#include <iostream>

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
  if (one_worker && options.workers > 1) {
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
      ->capture_default_str();
  app.add_option("--www", options.www, "Folder of the web page; without it there is none");
  app.add_option("--origin", options.origins,
                 "Further origin whose pages may connect, such as https://*.example.com; may be "
                 "given several times. A page of this server always may");
  app.add_option("--history-size", options.history_size, "Messages that are kept of each room")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  app.add_option("--message-rate", options.messages_per_second,
                 "Messages a second that one client may send, and 5 times that at once; 0 for no "
                 "limit")
      ->capture_default_str();
  app.add_option("--max-message", options.message_bytes_max, "Most bytes of one frame of a client")
      ->capture_default_str();
  app.add_option("--max-queue", options.queue_bytes_max,
                 "Most bytes that wait for one client; one that reads more slowly is cut")
      ->capture_default_str();
  app.add_option("--max-connections", options.connections_max, "Most connections at a time")
      ->capture_default_str();
  app.add_option(
         "--drain", options.drain_seconds,
         "Seconds over which clients are told to go elsewhere on SIGTERM; 0: all at once. A "
         "second signal ends it")
      ->check(CLI::Range(0, 3600))
      ->capture_default_str();
  add_mesh_options(app, options.mesh);
  add_common_options(app, options.log);
  read_options(app, argc, argv);
  settle_bus(app, options);
  return options;
}

}  // namespace parley::chat
