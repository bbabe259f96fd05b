#include "broker/options.h"

#include <CLI/CLI.hpp>
#include <cstdlib>

#include "common/program.h"

namespace parley::broker {

namespace {

// The command line wins over the environment.
Password chosen_password(const std::string& file) {
  if (!file.empty()) return read_password(file);
  const char* const variable = std::getenv("PARLEY_REQUIREPASS");
  return variable ? Password(variable) : Password();
}

}  // namespace

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
  app.add_option("--once-ids", options.limits.history.once.ids_max,
                 "Message-ids of XPUBLISH ... ONCE that are remembered for each stream")
      ->capture_default_str();
  app.add_option_function<std::uint32_t>(
         "--once-seconds",
         [&options](std::uint32_t seconds) {
           options.limits.history.once.age_max = std::chrono::seconds(seconds);
         },
         "How long they are remembered")
      ->default_str("600");
  app.add_option("--metrics-port", options.metrics_port,
                 "TCP port for Prometheus (GET /metrics), on the first --bind address; 0 picks a "
                 "free one; without it metrics are off");
  app.add_option("--tcp-keepalive", options.limits.keep_alive.idle_seconds,
                 "Seconds of silence after which a peer is asked for a sign of life; 0: never")
      ->capture_default_str();
  app.add_option(
         "--tcp-user-timeout", options.limits.keep_alive.unacknowledged_seconds,
         "Seconds that sent bytes may stay unacknowledged before the connection ends; 0: as "
         "long as the kernel likes")
      ->check(CLI::Range(0, 86400))
      ->capture_default_str();
  std::string password_file;
  app.add_option(
         "--requirepass-file", password_file,
         "File whose first line is the password that clients must give (AUTH); instead, the "
         "environment variable PARLEY_REQUIREPASS may hold it")
      ->type_name("FILE");
  std::string protected_mode = "yes";
  app.add_option("--protected-mode", protected_mode,
                 "Refuse clients from other machines while there is no password")
      ->check(CLI::IsMember({"yes", "no"}))
      ->capture_default_str();
  add_common_options(app, options.log);
  read_options(app, argc, argv);
  options.protected_mode = protected_mode == "yes";
  options.password = chosen_password(password_file);
  return options;
}

}  // namespace parley::broker
