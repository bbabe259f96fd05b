#include "bench/parley_bench_nats.h"

#include <charconv>

namespace parley::bench {

std::size_t NatsWire::parse(std::string_view in, Sink& sink) {
  std::size_t used = 0;
  for (;;) {
    const auto end = in.find("\r\n", used);
    if (end == in.npos) return used;
    const std::string_view line = in.substr(used, end - used);
    std::size_t next = end + 2;
    if (line.starts_with("MSG ")) {
      std::size_t bytes = 0;
      const auto size = line.substr(line.rfind(' ') + 1);
      std::from_chars(size.data(), size.data() + size.size(), bytes);
      if (in.size() - next < bytes + 2) return used;
      const std::string_view payload = in.substr(next, bytes);
      next += bytes + 2;
      sink.delivery(payload, next - used);
    } else if (line == "PING") {
      sink.answer("PONG\r\n");
    } else if (line == "PONG") {
      sink.confirmed();
    } else if (line.starts_with("-ERR")) {
      sink.error(line);
    } else if (!line.starts_with("INFO ") && line != "+OK") {
      sink.error("not NATS: " + std::string(line.substr(0, 40)));
      return in.size();
    }
    used = next;
  }
}

void NatsWire::join(Connection& connection, const Member& member, Scratch& scratch) {
  std::string text = R"(CONNECT {"verbose":false,"pedantic":false,"lang":"bench"})"
                     "\r\n";
  if (member.subscribes) text += "SUB " + member.channel + " 1\r\n";
  connection.send_all(text + "PING\r\n");
  Tally tally;
  await_confirmations(connection, *this, 1, tally, scratch);
}

void NatsWire::append_publish(std::string& out, std::string_view channel,
                              std::string_view payload) {
  out += "PUB ";
  out += channel;
  out += ' ';
  out += std::to_string(payload.size());
  out += "\r\n";
  out += payload;
  out += "\r\n";
}

// The name serves as the subscription's id. A PING behind them all has them confirmed by one PONG.
std::uint64_t NatsWire::append_bulk(std::string& out, Bulk what,
                                    std::span<const std::string> names) {
  for (const auto& name : names) {
    out += what == Bulk::unsubscribe ? "UNSUB " : "SUB " + name + " ";
    out += name + "\r\n";
  }
  out += "PING\r\n";
  return 1;
}

}  // namespace parley::bench
