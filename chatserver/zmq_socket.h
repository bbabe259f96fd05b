#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "common/loop.h"

namespace parley::chat {

/// ZeroMQ's I/O thread and what its sockets share. One for each bus; outlives its sockets.
class ZmqContext {
 public:
  /// `high_water`: messages that wait at each end of a connection; what is more is dropped.
  explicit ZmqContext(int high_water);
  ~ZmqContext();

 private:
  friend class ZmqSocket;
  struct Zmq;
  std::unique_ptr<Zmq> zmq_;
};

/// The keys of one end of an encrypted connection, 32 bytes each.
struct CurveKeys {
  std::string own_public;
  std::string own_secret;
  std::string server_public;  // of the other end, where we connect
};

/// One ZeroMQ socket on a loop. A burst is taken out in one go, so that what it leads to is flushed
/// once.
///
/// ZeroMQ tells by a descriptor that something has happened, once, and possibly within a call to
/// send: what there is has to be looked at after each, until there is nothing.
///
/// Never waits: what cannot be sent is dropped by ZeroMQ (publishing) or refused (others).
class ZmqSocket final : private Flushable {
 public:
  /// Messages that are handled before others have their turn.
  static constexpr int kMessagesPerTurn = 256;
  /// Frames of a message; one with more is junk.
  static constexpr std::size_t kFramesMax = 16;

  enum class Kind : std::uint8_t { kPublish, kSubscribe, kAsk, kAnswer, kAuthenticate };

  class Owner {
   public:
    /// A message; more than kFramesMax frames are cut off there. The views are good during the
    /// call, in which no socket of this owner's may be destroyed but by itself later.
    virtual void received(ZmqSocket& socket, std::span<const std::string_view> frames) = 0;

   protected:
    ~Owner() = default;
  };

  ZmqSocket(Loop& loop, ZmqContext& context, Kind kind, Owner& owner);
  ~ZmqSocket();

  /// Before bind or connect. A frame with more bytes ends its connection.
  void limit_frames(std::int64_t bytes_max);
  void encrypt_as_server(const CurveKeys& keys);
  void encrypt_as_client(const CurveKeys& keys);

  /// Throws std::runtime_error with a text for the person who started the program.
  void bind(const std::string& endpoint);
  void connect(const std::string& endpoint);
  /// Where it is bound, with the port that was picked.
  std::string endpoint() const;

  void subscribe(const std::string& topic);
  void unsubscribe(const std::string& topic);
  /// False if nothing was sent.
  bool send(std::initializer_list<std::string_view> frames);

 private:
  struct Zmq;

  void flush() override;
  void wait();
  void drain();
  bool receive();

  Owner& owner_;
  std::unique_ptr<Zmq> zmq_;
  boost::asio::posix::stream_descriptor descriptor_;
  bool turn_is_due_ = false;
  std::shared_ptr<bool> alive_;
};

}  // namespace parley::chat
