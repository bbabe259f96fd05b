#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "chatserver/bus.h"
#include "chatserver/conversation.h"
#include "chatserver/rooms.h"
#include "common/socket_writer.h"

namespace parley::chat {

// A bus that does nothing by itself: the test confirms, answers and delivers.
class FakeBus final : public Bus {
 public:
  void start(Sink& sink) override { sink_ = &sink; }
  void subscribe(const std::string& room, Subscribed done) override {
    log.push_back("subscribe " + room);
    waiting.emplace(room, std::move(done));
  }
  void unsubscribe(const std::string& room) override { log.push_back("unsubscribe " + room); }
  void publish(const std::string& room, std::string_view payload, Published done) override {
    log.push_back("publish " + room);
    published.push_back({room, std::string(payload), std::move(done)});
  }
  bool up() const override { return is_up; }

  // Answers the oldest subscribe of the room.
  void confirm(const std::string& room) {
    const auto done = std::move(waiting.find(room)->second);
    waiting.erase(waiting.find(room));
    done({});
  }
  void say(const std::string& room, const std::string& payload) {
    sink_->bus_message(room, {}, payload);
  }
  void change(bool up) {
    is_up = up;
    sink_->bus_state(up);
  }

  struct Message {
    std::string room;
    std::string payload;
    Published done;
  };
  std::vector<std::string> log;
  std::multimap<std::string, Subscribed> waiting;
  std::vector<Message> published;
  bool is_up = true;

 private:
  Sink* sink_ = nullptr;
};

// A client's WebSocket without a network: what was sent, as text messages in order.
class FakeWire final : public Wire, private SocketWriter::Owner {
 public:
  explicit FakeWire(Loop& loop) : socket_(loop.io()), writer_(loop, socket_, *this) {}
  ~FakeWire() { writer_.shut(); }

  void send(std::string_view text) override {
    writer_.write(std::string("\x81") + std::string(1, '\0') + std::string(text) + "\n");
  }
  void ping() override { ++pings; }
  void close(std::uint16_t code, std::string_view why) override {
    closed_with = code;
    reason = why;
  }
  SocketWriter& writer() override { return writer_; }

  // All bytes so far, frame headers and all.
  std::string sent() const {
    iovec parts[64];
    const std::size_t used = writer_.outbox().buffers(parts);
    std::string bytes;
    for (std::size_t i = 0; i < used; ++i) {
      bytes.append(static_cast<const char*>(parts[i].iov_base), parts[i].iov_len);
    }
    return bytes;
  }
  bool has(const std::string& text) const { return sent().find(text) != std::string::npos; }

  std::uint16_t closed_with = 0;
  std::string reason;
  int pings = 0;

 private:
  void send_failed(const boost::system::error_code&) override {}
  void send_blocked() override {}
  void send_drained() override {}

  boost::asio::ip::tcp::socket socket_;
  SocketWriter writer_;
};

}  // namespace parley::chat
