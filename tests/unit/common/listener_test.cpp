#include "common/listener.h"

#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/unit/common/connection.h"

namespace parley {
namespace {

using tcp = boost::asio::ip::tcp;

// A listener, what it accepted, and who calls.
struct Door {
  Loop loop;
  Listener listener;
  std::vector<tcp::socket> guests;
  std::vector<tcp::socket> callers;

  explicit Door(const ListenerOptions& options = {}) : listener(loop, options) {
    listener.start([this](tcp::socket guest) { guests.push_back(std::move(guest)); });
  }
  void call() {
    callers.emplace_back(loop.io());
    callers.back().connect({boost::asio::ip::make_address("127.0.0.1"), listener.port()});
  }
  void await(std::size_t count) {
    run_until(loop, [&] { return guests.size() == count; });
  }
};

// What the person who starts the program reads, or "" if the address could be had.
std::string refusal(const ListenerOptions& options) {
  Loop loop;
  try {
    const Listener listener(loop, options);
    return "";
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

TEST(Listener, Port0PicksAFreeOneAndNamesIt) {
  const Door door;
  EXPECT_GT(door.listener.port(), 0);
  EXPECT_EQ(door.listener.address(), "127.0.0.1:" + std::to_string(door.listener.port()));
}

TEST(Listener, AcceptsWhoeverCalls) {
  Door door;
  for (int i = 0; i < 3; ++i) door.call();
  door.await(3);
  for (const tcp::socket& caller : door.callers) {
    EXPECT_EQ(caller.remote_endpoint().port(), door.listener.port());
  }
}

TEST(Listener, AStormOfCallersTakesTurnsWithEveryoneElse) {
  Door door;
  const std::size_t callers = 3 * Listener::kAcceptsPerTick;
  for (std::size_t i = 0; i < callers; ++i) door.call();
  run_until(door.loop, [&] {
    const std::size_t before = door.guests.size();
    door.loop.poll();
    EXPECT_LE(door.guests.size() - before, static_cast<std::size_t>(Listener::kAcceptsPerTick));
    return door.guests.size() == callers;
  });
}

TEST(Listener, ConnectionsDoNotBlockAndDoNotDelay) {
  Door door;
  door.call();
  door.await(1);
  EXPECT_TRUE(door.guests[0].non_blocking());
  tcp::no_delay no_delay;
  door.guests[0].get_option(no_delay);
  EXPECT_TRUE(no_delay.value());
}

TEST(Listener, LocalhostIsTheLoopbackAddress) {
  const Door door({.address = "localhost"});
  EXPECT_EQ(door.listener.address(), "127.0.0.1:" + std::to_string(door.listener.port()));
}

TEST(Listener, Version6AddressesStandInBrackets) {
  const std::string refused = refusal({.address = "::1"});
  if (!refused.empty()) GTEST_SKIP() << "no IPv6 here: " << refused;
  const Door door({.address = "::1"});
  EXPECT_EQ(door.listener.address(), "[::1]:" + std::to_string(door.listener.port()));
}

TEST(Listener, APortInUseIsRefusedWithTheWayOut) {
  const Door door;
  const std::string port = std::to_string(door.listener.port());
  EXPECT_EQ(refusal({.port = door.listener.port()}),
            "127.0.0.1 port " + port +
                " is in use by another program: stop that one, or choose another port (0 picks a "
                "free one)");
}

TEST(Listener, WhatIsNoAddressIsRefusedWithExamples) {
  for (const char* const address : {"example.org", "", "1.2.3", "127.0.0.1:80", "*"}) {
    EXPECT_EQ(refusal({.address = address}),
              "cannot listen on '" + std::string(address) +
                  "': it is not an IP address such as 127.0.0.1, 0.0.0.0 or ::");
  }
}

TEST(Listener, AnAddressOfAnotherMachineIsRefusedByName) {
  const std::string refused = refusal({.address = "192.0.2.1", .port = 6379});
  EXPECT_TRUE(refused.starts_with("cannot listen on 192.0.2.1 port 6379: ")) << refused;
}

TEST(Listener, SeveralMayShareAPortIfAllSaySo) {
  const Door door({.share_port = true});
  EXPECT_EQ(refusal({.port = door.listener.port(), .share_port = true}), "");
  EXPECT_NE(refusal({.port = door.listener.port(), .share_port = false}), "");
}

TEST(Listener, AClosedOneAcceptsNobodyAndKeepsItsGuests) {
  Door door;
  door.call();
  door.await(1);
  const std::uint16_t port = door.listener.port();
  door.listener.close();
  while (door.loop.poll()) {
  }
  boost::system::error_code error;
  tcp::socket late(door.loop.io());
  late.connect({boost::asio::ip::make_address("127.0.0.1"), port}, error);
  EXPECT_EQ(error, boost::asio::error::connection_refused);
  EXPECT_TRUE(door.guests[0].is_open());
}

TEST(Listener, MayBeClosedByWhomItTellsOfAGuest) {
  Loop loop;
  Listener listener(loop, {});
  int guests = 0;
  listener.start([&](const tcp::socket&) {
    ++guests;
    listener.close();
  });
  tcp::socket caller(loop.io());
  caller.connect({boost::asio::ip::make_address("127.0.0.1"), listener.port()});
  run_until(loop, [&] { return guests == 1; });
  EXPECT_FALSE(loop.poll());
}

// --- keep-alive ---

int option(tcp::socket& socket, int level, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  getsockopt(socket.native_handle(), level, name, &value, &size);
  return value;
}

TEST(Listener, APeerThatVanishedIsNoticed) {
  Connection connection;
  set_keep_alive(connection.ours, {.idle_seconds = 30, .unacknowledged_seconds = 20});
  EXPECT_EQ(option(connection.ours, SOL_SOCKET, SO_KEEPALIVE), 1);
  EXPECT_EQ(option(connection.ours, IPPROTO_TCP, TCP_KEEPIDLE), 30);
  EXPECT_EQ(option(connection.ours, IPPROTO_TCP, TCP_KEEPINTVL), 10);
  EXPECT_EQ(option(connection.ours, IPPROTO_TCP, TCP_KEEPCNT), 3);
  EXPECT_EQ(option(connection.ours, IPPROTO_TCP, TCP_USER_TIMEOUT), 20000);
}

TEST(Listener, KeepAliveOfNoSecondsIsNone) {
  Connection connection;
  set_keep_alive(connection.ours, {.idle_seconds = 0, .unacknowledged_seconds = 0});
  EXPECT_EQ(option(connection.ours, SOL_SOCKET, SO_KEEPALIVE), 0);
  EXPECT_EQ(option(connection.ours, IPPROTO_TCP, TCP_USER_TIMEOUT), 0);
}

// --- no file descriptor left ---

// Allows this process no file descriptor more than it has.
class NoMoreDescriptors {
 public:
  NoMoreDescriptors() {
    getrlimit(RLIMIT_NOFILE, &before_);
    const int next = dup(0);
    close(next);
    rlimit now = before_;
    now.rlim_cur = static_cast<rlim_t>(next);
    setrlimit(RLIMIT_NOFILE, &now);
  }
  ~NoMoreDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

TEST(Listener, AcceptsAgainWhenThereAreDescriptorsAgain) {
  Door door;
  door.call();
  {
    const NoMoreDescriptors none;
    for (int i = 0; i < 100; ++i) door.loop.poll();
    EXPECT_EQ(door.guests.size(), 0u);
    EXPECT_LT(door.loop.handlers(), 10u) << "it tries over and over without a pause";
  }
  door.await(1);
}

}  // namespace
}  // namespace parley
