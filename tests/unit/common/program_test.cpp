#include "common/program.h"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace parley {
namespace {

// A program with the common options and a --port, and what it says and does.
struct Program {
  CLI::App app{"A program for tests", "parley-test"};
  LogOptions log;
  int port = 6379;
  std::string out;
  std::string err;

  Program() {
    add_common_options(app, log);
    app.add_option("--port", port, "Where to listen");
  }

  int start(std::vector<const char*> args) {
    args.insert(args.begin(), "parley-test");
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const int code = run_program("parley-test", [&] {
      read_options(app, static_cast<int>(args.size()), args.data());
      return 0;
    });
    out = testing::internal::GetCapturedStdout();
    err = testing::internal::GetCapturedStderr();
    return code;
  }
};

// A config file that lives as long as the test.
class ConfigFile {
 public:
  explicit ConfigFile(std::string_view text)
      : path_(testing::TempDir() + "parley_program_test.toml") {
    std::ofstream(path_) << text;
  }
  ~ConfigFile() { std::filesystem::remove(path_); }
  const char* path() const { return path_.c_str(); }

 private:
  std::string path_;
};

// --- reading options ---

TEST(Program, WithoutOptionsTheDefaultsStand) {
  Program program;
  EXPECT_EQ(program.start({}), 0);
  EXPECT_EQ(program.port, 6379);
  EXPECT_EQ(program.log.level, "info");
  EXPECT_EQ(program.log.format, LogFormat::kText);
}

TEST(Program, TakesWhatTheCommandLineSays) {
  Program program;
  EXPECT_EQ(program.start({"--port", "7000", "--log-level=debug", "--log-format", "json"}), 0);
  EXPECT_EQ(program.port, 7000);
  EXPECT_EQ(program.log.level, "debug");
  EXPECT_EQ(program.log.format, LogFormat::kJson);
}

TEST(Program, VersionIsPrintedAndThatWasIt) {
  Program program;
  EXPECT_EQ(program.start({"--version"}), 0);
  EXPECT_EQ(program.out, "parley-test " + std::string(kVersion) + "\n");
  EXPECT_EQ(program.err, "");
}

TEST(Program, HelpListsTheOptions) {
  Program program;
  EXPECT_EQ(program.start({"--help"}), 0);
  for (const char* const option :
       {"--port", "--version", "--config", "--log-level", "--log-format"}) {
    EXPECT_NE(program.out.find(option), std::string::npos) << option;
  }
}

TEST(Program, HelpEndsItBeforeTheBodyGoesOn) {
  Program program;
  const char* const args[] = {"parley-test", "--help"};
  testing::internal::CaptureStdout();
  EXPECT_THROW(read_options(program.app, 2, args), ExitEarly);
  testing::internal::GetCapturedStdout();
}

struct Mistake {
  std::vector<const char*> args;
  std::string_view named;  // what the message has to name
};

TEST(Program, AMistakeIsOneLineThatNamesItAndTheWayOut) {
  const Mistake mistakes[] = {
      {{"--prot", "7000"}, "--prot"},
      {{"--port"}, "--port"},
      {{"--port", "many"}, "many"},
      {{"--log-level", "loud"}, "loud"},
      {{"--log-format", "xml"}, "xml"},
      {{"stray"}, "stray"},
      {{"--config", "/no/such/file"}, "/no/such/file"},
  };
  for (const Mistake& mistake : mistakes) {
    Program program;
    EXPECT_EQ(program.start(mistake.args), 1);
    EXPECT_EQ(program.out, "");
    EXPECT_TRUE(program.err.starts_with("parley-test: ")) << program.err;
    EXPECT_TRUE(program.err.ends_with(" (--help lists the options)\n")) << program.err;
    EXPECT_NE(program.err.find(mistake.named), std::string::npos) << program.err;
    EXPECT_EQ(std::count(program.err.begin(), program.err.end(), '\n'), 1) << program.err;
  }
}

// --- the config file ---

TEST(Program, OptionsMayComeFromAFile) {
  const ConfigFile file("port = 7000\nlog-level = \"warn\"\n");
  Program program;
  EXPECT_EQ(program.start({"--config", file.path()}), 0) << program.err;
  EXPECT_EQ(program.port, 7000);
  EXPECT_EQ(program.log.level, "warn");
}

TEST(Program, TheCommandLineWinsOverTheFile) {
  const ConfigFile file("port = 7000\n");
  Program program;
  EXPECT_EQ(program.start({"--config", file.path(), "--port", "7001"}), 0) << program.err;
  EXPECT_EQ(program.port, 7001);
}

TEST(Program, AMisspeltNameInTheFileIsAMistakeToo) {
  const ConfigFile file("prot = 7000\n");
  Program program;
  EXPECT_EQ(program.start({"--config", file.path()}), 1);
  EXPECT_NE(program.err.find("prot"), std::string::npos) << program.err;
}

// --- running ---

TEST(Program, EndsWithTheCodeOfItsBody) {
  EXPECT_EQ(run_program("parley-test", [] { return 3; }), 3);
}

TEST(Program, EndsEarlyWithTheCodeThatItIsGiven) {
  EXPECT_EQ(run_program("parley-test", []() -> int { throw ExitEarly{4}; }), 4);
}

TEST(Program, AnExceptionIsOneLineAndCode1) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(run_program("parley-test", []() -> int { throw std::runtime_error("no disk"); }), 1);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "parley-test: no disk\n");
}

}  // namespace
}  // namespace parley
