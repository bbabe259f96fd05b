#include "common/stop_signals.h"

#include <gtest/gtest.h>

#include <csignal>
#include <string>
#include <vector>

#include "tests/unit/common/connection.h"

namespace parley {
namespace {

using Reasons = std::vector<std::string>;

// What a program is told that gets the signal.
Reasons told(int signal) {
  Loop loop;
  Reasons reasons;
  const StopSignals signals(loop, [&](std::string_view reason) { reasons.emplace_back(reason); });
  std::raise(signal);
  EXPECT_TRUE(reasons.empty()) << "called outside the loop";
  run_until(loop, [&] { return !reasons.empty(); });
  return reasons;
}

TEST(StopSignals, SayWhichOneItWas) {
  EXPECT_EQ(told(SIGINT), Reasons{"interrupted"});
  EXPECT_EQ(told(SIGTERM), Reasons{"asked to terminate"});
}

TEST(StopSignals, AskOnce) {
  Loop loop;
  int asked = 0;
  const StopSignals signals(loop, [&](std::string_view) { ++asked; });
  std::raise(SIGTERM);
  std::raise(SIGINT);
  run_until(loop, [&] { return asked > 0; });
  while (loop.poll()) {
  }
  EXPECT_EQ(asked, 1);
}

}  // namespace
}  // namespace parley
