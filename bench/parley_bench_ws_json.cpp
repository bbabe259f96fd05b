#include "bench/parley_bench_ws_json.h"

#include <cstdio>
#include <random>

#include "bench/parley_bench_websocket.h"

namespace parley::bench {

WsJsonWire::WsJsonWire(std::string host, std::string path)
    : host_(std::move(host)), path_(std::move(path)) {
  char text[16];
  std::snprintf(text, sizeof text, "%08x", std::random_device{}());
  run_ = text;
}

void WsJsonWire::join(Connection& connection, const Member& member, Scratch& scratch) {
  upgrade(connection, host_, path_, scratch);
  std::string out;
  append_text_frame(out, R"({"id":1,"connect":{"name":"bench"}})"
                         "\n"
                         R"({"id":2,"subscribe":{"channel":")" +
                             member.channel + "\"}}");
  connection.send_all(out);
  Tally tally;
  await_confirmations(connection, *this, 2, tally, scratch);
}

void WsJsonWire::append_publish(std::string& out, std::string_view channel,
                                std::string_view payload) {
  char number[16];
  std::snprintf(number, sizeof number, "%010u", ++last_);
  std::string text;
  text.reserve(payload.size() + 128);
  text += R"({"publish":{"channel":")";
  text += channel;
  text += R"(","data":{"id":")";
  text += run_;
  text += '-';
  text += number;
  text += R"(","text":")";
  text += payload;
  text += R"("}},"id":)";
  text += std::to_string(last_ + 2);  // 1 and 2 were connect and subscribe
  text += '}';
  append_text_frame(out, text);
}

std::size_t WsJsonWire::parse(std::string_view in, Sink& sink) {
  std::size_t used = 0;
  for (;;) {
    const WsFrame frame = next_text_frame(in, used, sink);
    if (frame.wire_bytes == 0) return used;
    std::string_view rest = frame.text;
    while (!rest.empty()) {
      const auto end = rest.find('\n');
      object(rest.substr(0, end), sink);
      rest = end == rest.npos ? std::string_view{} : rest.substr(end + 1);
    }
    used += frame.wire_bytes;
  }
}

// Key order has no meaning in JSON, but a push has one key only, and what tells replies apart is
// looked for anywhere: no reply to a bench contains text of ours.
void WsJsonWire::object(std::string_view line, Sink& sink) {
  const auto has = [&](std::string_view text) { return line.find(text) != line.npos; };
  if (!pub_head_.empty() && line.starts_with(pub_head_)) {
    sink.delivery(line, line.size());
  } else if (line.starts_with(R"({"push")")) {
    push(line, sink);
  } else if (line == "{}") {
    std::string pong;
    append_text_frame(pong, "{}");
    sink.answer(pong);
  } else if (has(R"("error":{)")) {
    sink.error(line);
  } else if (has(R"("publish":{)")) {
    sink.reply();
  } else if (has(R"("connect":{)") || has(R"("subscribe":{)")) {
    sink.confirmed();
  } else {
    sink.error("neither reply nor push: " + std::string(line.substr(0, 200)));
  }
}

void WsJsonWire::push(std::string_view line, Sink& sink) {
  constexpr std::string_view kPub = R"("pub":{)";
  if (const auto at = line.find(kPub); at != line.npos) {
    pub_head_ = line.substr(0, at + kPub.size());
    sink.delivery(line, line.size());
  } else if (line.find(R"("unsubscribe":{)") != line.npos ||
             line.find(R"("disconnect":{)") != line.npos) {
    sink.error(line);
  }  // joins, leaves and messages of the server are not counted
}

}  // namespace parley::bench
