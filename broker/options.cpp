#include "broker/options.h"

#include <CLI/CLI.hpp>

#include "common/program.h"

namespace parley::broker {

Options parse_options(int argc, const char* const* argv) {
  Options options;
  CLI::App app(
      "A message broker that speaks the Redis protocol: publish/subscribe with glob patterns.\n"
      "Any Redis client can use it; so can telnet.",
      "parley-broker");
  app.add_option("--bind", options.bind, "IP address to listen on; may be given several times")
      ->capture_default_str();
  app.add_option("--port", options.port, "TCP port; 0 picks a free one")->capture_default_str();
  app.add_option("--maxclients", options.limits.clients_max, "Most clients connected at a time")
      ->capture_default_str();
  add_common_options(app, options.log);
  read_options(app, argc, argv);
  return options;
}

}  // namespace parley::broker
