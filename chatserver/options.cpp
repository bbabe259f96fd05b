#include "chatserver/options.h"

#include <CLI/CLI.hpp>

#include "common/program.h"

namespace parley::chat {

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
         "Where servers meet: local (this server alone) or redis://[user:password@]host:port "
         "(parley-broker, Redis, Valkey)")
      ->capture_default_str();
  app.add_option("--workers", options.workers,
                 "Copies of the server, a thread each, on the same port; --bus local takes one")
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
  add_common_options(app, options.log);
  read_options(app, argc, argv);
  if (options.bus == "local" && options.workers > 1) {
    throw std::runtime_error(
        "--workers " + std::to_string(options.workers) +
        ": workers meet on a bus; give --bus redis://host:port, or one worker");
  }
  return options;
}

}  // namespace parley::chat
