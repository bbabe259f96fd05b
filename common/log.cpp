#include "common/log.h"

#include <spdlog/formatter.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>

namespace parley {

namespace {

using Buffer = spdlog::memory_buf_t;

void append(Buffer& out, std::string_view text) {
  out.append(text.data(), text.data() + text.size());
}

void append_escape(Buffer& out, const char* format, unsigned char byte) {
  char escape[8];
  const int n = std::snprintf(escape, sizeof escape, format, byte);
  append(out, {escape, static_cast<std::size_t>(n)});
}

// The size of the UTF-8 character (RFC 3629) that `text` begins with; 0 if it begins with none, or
// with a control character.
std::size_t character_size(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return lead >= 0x20 && lead != 0x7f ? 1 : 0;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  const std::size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (text.size() < size) return 0;
  unsigned code = lead & (0x7fu >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
    code = code << 6 | (byte(i) & 0x3f);
  }
  constexpr unsigned kLeast[] = {0xa0, 0x800, 0x10000};  // 0x80 to 0x9f are controls
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  return code < kLeast[size - 2] || code > 0x10ffff || surrogate ? 0 : size;
}

void append_text(Buffer& out, std::string_view text) {
  while (!text.empty()) {
    const std::size_t size = character_size(text);
    if (size == 0) {
      append_escape(out, "\\x%02x", static_cast<unsigned char>(text.front()));
    } else {
      append(out, text.substr(0, size));
    }
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
}

void append_json(Buffer& out, std::string_view text) {
  out.push_back('"');
  while (!text.empty()) {
    const std::size_t size = character_size(text);
    const auto byte = static_cast<unsigned char>(text.front());
    if (size == 0) {
      append_escape(out, byte < 0x80 ? "\\u%04x" : "\\\\x%02x", byte);
    } else {
      if (byte == '"' || byte == '\\') out.push_back('\\');
      append(out, text.substr(0, size));
    }
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
  out.push_back('"');
}

// UTC with milliseconds, as RFC 3339 has it.
void append_time(Buffer& out, spdlog::log_clock::time_point time) {
  using namespace std::chrono;
  const auto ms = duration_cast<milliseconds>(time.time_since_epoch()).count();
  const std::time_t seconds = static_cast<std::time_t>(ms / 1000);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[40];
  std::size_t n = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
  n += static_cast<std::size_t>(
      std::snprintf(text + n, sizeof text - n, ".%03dZ", static_cast<int>(ms % 1000)));
  append(out, {text, n});
}

std::string_view level_of(const spdlog::details::log_msg& record) {
  const auto level = spdlog::level::to_string_view(record.level);
  return {level.data(), level.size()};
}

class TextFormatter final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& record, Buffer& out) override {
    append_time(out, record.time);
    out.push_back(' ');
    append(out, level_of(record));
    out.push_back(' ');
    append_text(out, {record.payload.data(), record.payload.size()});
    out.push_back('\n');
  }
  std::unique_ptr<formatter> clone() const override { return std::make_unique<TextFormatter>(); }
};

class JsonFormatter final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& record, Buffer& out) override {
    append(out, "{\"time\":\"");
    append_time(out, record.time);
    append(out, "\",\"level\":\"");
    append(out, level_of(record));
    append(out, "\",\"logger\":");
    append_json(out, {record.logger_name.data(), record.logger_name.size()});
    append(out, ",\"message\":");
    append_json(out, {record.payload.data(), record.payload.size()});
    append(out, "}\n");
  }
  std::unique_ptr<formatter> clone() const override { return std::make_unique<JsonFormatter>(); }
};

}  // namespace

std::shared_ptr<Log> make_log(const std::string& name, const LogOptions& options) {
  auto log = std::make_shared<Log>(name, std::make_shared<spdlog::sinks::stderr_sink_mt>());
  if (options.format == LogFormat::kJson) {
    log->set_formatter(std::make_unique<JsonFormatter>());
  } else {
    log->set_formatter(std::make_unique<TextFormatter>());
  }
  log->set_level(spdlog::level::from_str(options.level));
  log->flush_on(spdlog::level::trace);
  return log;
}

}  // namespace parley
