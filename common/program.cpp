#include "common/program.h"

#include <CLI/CLI.hpp>
#include <iostream>

namespace parley {

namespace {

// CLI11 does not say that a mistake stands in the config file: we name the file whenever there is
// one.
std::string config_file_of(int argc, const char* const* argv) {
  constexpr std::string_view kOption = "--config";
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == kOption && i + 1 < argc) return std::string("; config file: ") + argv[i + 1];
    if (argument.starts_with("--config=")) {
      return "; config file: " + std::string(argument.substr(kOption.size() + 1));
    }
  }
  return {};
}

}  // namespace

void add_common_options(CLI::App& app, LogOptions& log) {
  app.set_version_flag("--version", app.get_name() + " " + std::string(kVersion),
                       "Print the version and exit");
  app.set_config("--config", "", "Read options from this TOML or INI file; the command line wins");
  app.allow_config_extras(CLI::config_extras_mode::error);
  app.add_option("--log-level", log.level, "Least level that is logged")
      ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error", "critical", "off"}))
      ->capture_default_str();
  const std::map<std::string, LogFormat> formats{{"text", LogFormat::kText},
                                                 {"json", LogFormat::kJson}};
  app.add_option("--log-format", log.format, "How a log line looks: text or json")
      ->transform(CLI::CheckedTransformer(formats).description("{text,json}"))
      ->default_str("text");
}

void read_options(CLI::App& app, int argc, const char* const* argv) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) throw ExitEarly{app.exit(error)};
    throw std::runtime_error(error.what() + config_file_of(argc, argv) +
                             " (--help lists the options)");
  }
}

int run_program(std::string_view name, const std::function<int()>& body) {
  try {
    return body();
  } catch (const ExitEarly& exit) {
    return exit.code;
  } catch (const std::exception& error) {
    std::cerr << name << ": " << error.what() << '\n';
    return 1;
  }
}

}  // namespace parley
