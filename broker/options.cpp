#include "broker/options.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <stdexcept>

#include "broker/memory_word.h"
#include "common/program.h"

namespace parley::broker {

namespace {

// The command line wins over the environment.
Password chosen_password(const std::string& file) {
  if (!file.empty()) return read_password(file);
  const char* const variable = std::getenv("PARLEY_REQUIREPASS");
  return variable ? Password(variable) : Password();
}

void add_store_options(CLI::App& app, Options& options) {
  app.add_option("--data", options.store.directory,
                 "Directory for streams; without it they are in memory only")
      ->type_name("DIR");
  app.add_option_function<std::string>(
         "--fsync",
         [&options](const std::string& word) {
           options.store.fsync = word == "always"     ? Fsync::kAlways
                                 : word == "everysec" ? Fsync::kEverySecond
                                                      : Fsync::kNo;
         },
         "When entries are forced to the disk: 'always' before anybody is told of them, 'everysec' "
         "once a second, 'no' when the kernel likes")
      ->check(CLI::IsMember({"always", "everysec", "no"}))
      ->default_str("always");
  app.add_option_function<std::string>(
         "--history-memory",
         [&options](const std::string& word) {
           if (read_memory(word, options.store.memory_bytes_max) != MemoryWord::kOk) {
             throw CLI::ValidationError("--history-memory",
                                        "'" + word + "' is no size; write it as 64mb or 1gb");
           }
         },
         "Memory for entries that are on disk too; streams that were unused for longest are let go")
      ->type_name("SIZE")
      ->default_str("256mb");
  app.add_flag("--check", options.check,
               "Verify the streams in --data, print a summary and exit; no broker may use them");
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
  add_store_options(app, options);
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
  if (options.check && options.store.directory.empty()) {
    throw std::runtime_error("--check needs --data DIR");
  }
  return options;
}

}  // namespace parley::broker
