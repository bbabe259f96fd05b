// Both ends of one TCP connection over loopback.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "common/loop.h"

namespace parley {

/// Runs ticks until the condition holds. A test that waits longer than this for it has failed.
template <class Condition>
void run_until(Loop& loop, Condition holds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!holds()) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "it never came to what was waited for";
    if (!loop.poll()) std::this_thread::yield();
  }
}

class Connection {
 public:
  using tcp = boost::asio::ip::tcp;

  Connection() : ours(loop.io()), theirs(loop.io()) {
    tcp::acceptor acceptor(loop.io(), {boost::asio::ip::address_v4::loopback(), 0});
    theirs.open(tcp::v4());
    theirs.set_option(boost::asio::socket_base::receive_buffer_size(64 * 1024));
    theirs.connect(acceptor.local_endpoint());
    acceptor.accept(ours);
    ours.set_option(boost::asio::socket_base::send_buffer_size(64 * 1024));
    ours.non_blocking(true);
    theirs.non_blocking(true);
  }

  /// What is there for the peer to read, at most n bytes.
  std::string peer_reads(std::size_t n) {
    std::string bytes(n, '\0');
    boost::system::error_code error;
    bytes.resize(theirs.read_some(boost::asio::buffer(bytes), error));
    return bytes;
  }
  /// The next n bytes that the peer gets.
  std::string peer_gets(std::size_t n) {
    std::string all;
    run_until(loop, [&] {
      all += peer_reads(n - all.size());
      return all.size() == n;
    });
    return all;
  }
  void peer_closes() { theirs.close(); }
  /// The peer vanishes with a reset.
  void peer_resets() {
    theirs.set_option(boost::asio::socket_base::linger(true, 0));
    theirs.close();
  }

  Loop loop;
  tcp::socket ours;
  tcp::socket theirs;
};

}  // namespace parley
