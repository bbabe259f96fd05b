#pragma once

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "chatserver/bus.h"
#include "chatserver/conversation.h"
#include "chatserver/names.h"
#include "chatserver/rooms.h"
#include "common/socket_writer.h"

namespace parley::chat {

// A bus that does nothing by itself: the test confirms, answers and delivers.
class FakeBus final : public Bus {
 public:
  void start(Sink& sink) override { sink_ = &sink; }
  void subscribe(const std::string& room, Subscribed done) override {
    if (room_of_presence(room)) {
      done({});
      return;
    }
    log.push_back("subscribe " + room);
    waiting.emplace(room, std::move(done));
  }
  void unsubscribe(const std::string& room) override {
    if (!room_of_presence(room)) log.push_back("unsubscribe " + room);
  }
  void publish(const std::string& room, std::string_view message_id, std::string_view payload,
               Published done) override {
    log.push_back("publish " + room);
    published.push_back({room, std::string(message_id), std::string(payload), std::move(done)});
  }
  void announce(const std::string& room, std::string_view payload, Published done) override {
    if (room_of_presence(room)) {
      presence.emplace_back(payload);
      return;
    }
    log.push_back("announce " + room);
    published.push_back({room, {}, std::string(payload), std::move(done)});
  }
  void read_history(const std::string& room, const HistoryRequest& request,
                    HistoryRead done) override {
    log.push_back("read " + room);
    reads.push_back({room, request, std::move(done)});
    if (answers_reads) answer();
  }
  bool up() const override { return is_up; }
  bool may_lose() const override { return true; }

  // Answers the oldest subscribe of the room.
  void confirm(const std::string& room) {
    const auto done = std::move(waiting.find(room)->second);
    waiting.erase(waiting.find(room));
    done({});
  }
  // Something that has no place in history.
  void say(const std::string& room, const std::string& payload) {
    sink_->bus_message(room, {}, payload);
  }
  // Puts a message into the room's history; nobody is told of it yet.
  Position store(const std::string& room, const std::string& payload) {
    Stream& stream = streams[room];
    stream.messages.push_back({stream.messages.size() + 1, payload});
    return {stream.epoch, stream.messages.size()};
  }
  void tell(const std::string& room, const Position& position, const std::string& payload) {
    sink_->bus_message(room, position, payload);
  }
  // Both, as a bus does when all is well.
  void say_stored(const std::string& room, const std::string& payload) {
    tell(room, store(room, payload), payload);
  }
  // Answers the oldest read from the room's history as it is now, or with an error.
  void answer(const std::string& error = {}) {
    const Read read = std::move(reads.front());
    reads.erase(reads.begin());
    if (!error.empty()) {
      read.done({error}, {});
      return;
    }
    const Stream& stream = streams[read.room];
    HistoryPage page{{stream.epoch, stream.messages.size()}, {}};
    auto messages = stream.messages;
    if (read.request.newest_first) std::ranges::reverse(messages);
    for (const StoredMessage& message : messages) {
      const std::uint64_t since = read.request.since.value_or(message.offset);
      const bool wanted =
          !read.request.since ||
          (read.request.newest_first ? message.offset < since : message.offset > since);
      if (wanted && page.messages.size() < read.request.limit) page.messages.push_back(message);
    }
    read.done({}, std::move(page));
  }
  void change(bool up) {
    is_up = up;
    sink_->bus_state(up);
  }

  struct Stream {
    std::string epoch = "first";
    std::vector<StoredMessage> messages;
  };
  struct Read {
    std::string room;
    HistoryRequest request;
    HistoryRead done;
  };
  struct Message {
    std::string room;
    std::string id;
    std::string payload;
    Published done;
  };
  std::vector<std::string> log;
  std::multimap<std::string, Subscribed> waiting;
  std::vector<Message> published;
  std::vector<std::string> presence;  // what was said about who is there
  std::map<std::string, Stream> streams;
  std::vector<Read> reads;
  bool is_up = true;
  bool answers_reads = true;

 private:
  Sink* sink_ = nullptr;
};

// A client's WebSocket without a network: what was sent, as text messages in order.
class FakeWire final : public Wire, private SocketWriter::Owner {
 public:
  explicit FakeWire(Loop& loop, Rooms* rooms = nullptr)
      : rooms_(rooms), socket_(loop.io()), writer_(loop, socket_, *this) {}
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

  // All bytes so far, frame headers and all, as if the tick ended now.
  std::string sent() const {
    if (rooms_) rooms_->flush();
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

  Rooms* rooms_;
  boost::asio::ip::tcp::socket socket_;
  SocketWriter writer_;
};

}  // namespace parley::chat
