#include "bench/parley_bench_resp.h"

#include <charconv>
#include <cstring>

namespace parley::bench {
namespace {

/// Reads values one after the other; `cut` once the bytes end inside one.
class Cursor {
 public:
  explicit Cursor(std::string_view in) : in_(in) {}

  bool cut() const { return cut_; }
  std::size_t at() const { return at_; }

  /// A line without its end, type byte first.
  std::string_view line() {
    const auto* end =
        static_cast<const char*>(std::memchr(in_.data() + at_, '\n', cut_ ? 0 : in_.size() - at_));
    if (end == nullptr) {
      cut_ = true;
      return {};
    }
    const std::string_view text(in_.data() + at_, end - (in_.data() + at_));
    at_ += text.size() + 1;
    return text.ends_with('\r') ? text.substr(0, text.size() - 1) : text;
  }

  /// A bulk string, or the text of a value on one line.
  std::string_view scalar() {
    const std::string_view head = line();
    if (cut_ || head.empty() || head[0] != '$') return head.empty() ? head : head.substr(1);
    const long long bytes = number(head);
    if (bytes < 0) return {};
    if (in_.size() - at_ < static_cast<std::size_t>(bytes) + 2) {
      cut_ = true;
      return {};
    }
    const std::string_view text = in_.substr(at_, bytes);
    at_ += bytes + 2;
    return text;
  }

  static long long number(std::string_view head) {
    long long value = -1;
    std::from_chars(head.data() + 1, head.data() + head.size(), value);
    return value;
  }

 private:
  std::string_view in_;
  std::size_t at_ = 0;
  bool cut_ = false;
};

void report_array(long long elements, Cursor& cursor, std::size_t begin, Sink& sink) {
  const std::string_view kind = cursor.scalar();
  std::string_view last;
  for (long long i = 1; i < elements && !cursor.cut(); ++i) last = cursor.scalar();
  if (cursor.cut()) return;
  if (kind == "message" || kind == "pmessage") {
    sink.delivery(last, cursor.at() - begin);
  } else if (kind == "pong") {
    sink.reply();
  } else if (kind.ends_with("subscribe")) {
    sink.confirmed();
  } else {
    sink.error("an unexpected array that begins with " + std::string(kind.substr(0, 40)));
  }
}

void append_header(std::string& out, std::size_t words) {
  out += '*';
  out += std::to_string(words);
  out += "\r\n";
}

void append_word(std::string& out, std::string_view word) {
  out += '$';
  out += std::to_string(word.size());
  out += "\r\n";
  out += word;
  out += "\r\n";
}

}  // namespace

std::size_t RespWire::parse(std::string_view in, Sink& sink) {
  Cursor cursor(in);
  std::size_t used = 0;
  while (used < in.size()) {
    switch (in[used]) {
      case '*':
        if (const auto head = cursor.line(); !cursor.cut()) {
          report_array(Cursor::number(head), cursor, used, sink);
        }
        break;
      case '-':
        if (const auto text = cursor.scalar(); !cursor.cut()) sink.error(text);
        break;
      case ':':
      case '+':
      case '$':
        cursor.scalar();
        if (!cursor.cut()) sink.reply();
        break;
      default:
        sink.error("not RESP: " + std::string(in.substr(used, 40)));
        return in.size();
    }
    if (cursor.cut()) break;
    used = cursor.at();
  }
  return used;
}

void RespWire::join(Connection& connection, const Member& member, Scratch& scratch) {
  if (!member.subscribes) return;
  std::string command;
  const auto wanted = append_bulk(command, Bulk::subscribe, {&member.channel, 1});
  connection.send_all(command);
  Tally tally;
  await_confirmations(connection, *this, wanted, tally, scratch);
}

void RespWire::append_publish(std::string& out, std::string_view channel,
                              std::string_view payload) {
  append_header(out, 3);
  append_word(out, "PUBLISH");
  append_word(out, channel);
  append_word(out, payload);
}

std::uint64_t RespWire::append_bulk(std::string& out, Bulk what,
                                    std::span<const std::string> names) {
  append_header(out, names.size() + 1);
  append_word(out, what == Bulk::subscribe     ? "SUBSCRIBE"
                   : what == Bulk::unsubscribe ? "UNSUBSCRIBE"
                                               : "PSUBSCRIBE");
  for (const auto& name : names) append_word(out, name);
  return names.size();
}

}  // namespace parley::bench
