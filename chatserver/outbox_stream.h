#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/beast/core/stream_traits.hpp>
#include <cstdint>
#include <string_view>

#include "common/socket_writer.h"

namespace parley::chat {

/// The stream that Beast sits on: it reads from the socket, and what it writes goes to the Outbox,
/// between the room frames that are appended there. A write is complete at once; the Outbox has
/// its limit elsewhere.
class OutboxStream {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  using executor_type = Socket::executor_type;

  class Owner {
   public:
    /// Beast writes something that begins with this byte. False: it is dropped.
    virtual bool beast_writes(std::uint8_t first) = 0;

   protected:
    ~Owner() = default;
  };

  OutboxStream(Socket& socket, SocketWriter& writer, Owner& owner)
      : socket_(socket), writer_(writer), owner_(owner) {}

  executor_type get_executor() { return socket_.get_executor(); }
  Socket& socket() { return socket_; }

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return socket_.async_read_some(buffers, std::forward<Token>(token));
  }

  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(
        [this](auto handler, const Buffers& bytes) {
          const std::size_t written = write(bytes);
          boost::asio::post(get_executor(), [handler = std::move(handler), written]() mutable {
            std::move(handler)(boost::system::error_code(), written);
          });
        },
        token, buffers);
  }

 private:
  template <class Buffers>
  std::size_t write(const Buffers& bytes) {
    std::size_t written = 0;
    bool dropped = false;
    for (auto part = boost::asio::buffer_sequence_begin(bytes);
         part != boost::asio::buffer_sequence_end(bytes); ++part) {
      const boost::asio::const_buffer piece = *part;
      const std::string_view text(static_cast<const char*>(piece.data()), piece.size());
      if (text.empty()) continue;
      if (written == 0) dropped = !owner_.beast_writes(static_cast<std::uint8_t>(text.front()));
      if (!dropped) writer_.write(text, written == 0);
      written += text.size();
    }
    return written;
  }

  Socket& socket_;
  SocketWriter& writer_;
  Owner& owner_;
};

// Beast asks for these by argument-dependent lookup. The connection itself closes its socket, when
// the Outbox is empty.
template <class Handler>
void async_teardown(boost::beast::role_type, OutboxStream& stream, Handler&& handler) {
  boost::asio::post(stream.get_executor(), [handler = std::forward<Handler>(handler)]() mutable {
    std::move(handler)(boost::system::error_code());
  });
}

inline void teardown(boost::beast::role_type, OutboxStream&, boost::system::error_code&) {}

inline void beast_close_socket(OutboxStream& stream) {
  boost::system::error_code ignored;
  stream.socket().close(ignored);
}

}  // namespace parley::chat
