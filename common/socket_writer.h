#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>
#include <string_view>
#include <vector>

#include "common/loop.h"
#include "common/outbox.h"

namespace parley {

/// The sending half of one non-blocking TCP socket: an Outbox that is sent once a tick.
///
/// flush() calls sendmsg; only when the kernel says that it would block does the writer wait for
/// the socket to become writable. Nobody ever waits for the writer.
///
/// Bytes that it is given while the loop's CommitGate is closed wait there, and with them all that
/// come behind: what leaves first was written first.
///
/// The owner keeps the socket alive and, while pending(), the writer too: closing the socket ends
/// the wait.
class SocketWriter : public Flushable {
 public:
  using Socket = boost::asio::ip::tcp::socket;

  /// Told about what a flush could not send. They are called at the end of a tick, never while
  /// frames are appended.
  class Owner {
   public:
    /// The connection is broken; the writer has shut itself.
    virtual void send_failed(const boost::system::error_code& error) = 0;
    /// The kernel took no more and outbox().bytes() are left: the place to compare with a limit.
    virtual void send_blocked() = 0;
    /// All that was left behind when the kernel blocked has been sent.
    virtual void send_drained() = 0;

   protected:
    ~Owner() = default;
  };

  SocketWriter(Loop& loop, Socket& socket, Owner& owner)
      : Flushable(loop), socket_(socket), owner_(owner), outbox_(loop.chunks()) {}
  ~SocketWriter() { loop().gate().forget(*this); }

  /// A frame that many connections get.
  void append(const Frame& frame) {
    if (loop().gate().closed()) hold();
    outbox_.append(frame);
    mark();
  }
  /// Bytes for this connection alone.
  void write(std::string_view bytes, bool begins_frame = true) {
    if (loop().gate().closed()) hold();
    outbox_.write(bytes, begins_frame);
    mark();
  }
  /// Drops what is unsent but the rest of a frame that is on its way.
  void keep_started_frame() {
    outbox_.keep_started_frame();
    held_.clear();  // a frame that was started had passed the gate
  }

  const Outbox& outbox() const { return outbox_; }
  /// What the peer has not taken: without the bytes that wait for a commit.
  std::size_t unsent() const;
  /// True while bytes wait for a commit.
  bool holds() const { return !held_.empty(); }
  /// True while it waits for the socket to become writable.
  bool pending() const { return waiting_; }
  /// Since when it has been waiting, if pending().
  Loop::Clock::time_point blocked_since() const { return blocked_since_; }
  /// Drops what is unsent; what is appended from now on is dropped at the end of the tick.
  void shut();

  void flush() override;

 private:
  // From this byte on (of all that were ever put in) everything waits for the commit.
  struct Held {
    std::uint64_t begin;
    CommitGate::Number commit;
  };

  void hold();
  void let_through();
  void send();
  void wait_until_writable();

  Socket& socket_;
  Owner& owner_;
  Outbox outbox_;
  std::vector<Held> held_;  // both numbers rise
  Loop::Clock::time_point blocked_since_;
  bool waiting_ = false;
  bool blocked_ = false;
  bool shut_ = false;
};

}  // namespace parley
