#include "common/resp_writer.h"

#include <charconv>

namespace parley::resp {

namespace {

std::size_t format_header(char* to, char kind, std::int64_t value) {
  to[0] = kind;
  char* end = std::to_chars(to + 1, to + 22, value).ptr;
  *end++ = '\r';
  *end++ = '\n';
  return static_cast<std::size_t>(end - to);
}

}  // namespace

void append_bulk(std::string& out, std::string_view bytes) {
  append_header(out, '$', static_cast<std::int64_t>(bytes.size()));
  out.append(bytes).append("\r\n");
}

void append_header(std::string& out, char kind, std::int64_t value) {
  char text[24];
  out.append(text, format_header(text, kind, value));
}

void append_request(std::string& out, std::initializer_list<std::string_view> args) {
  append_header(out, '*', static_cast<std::int64_t>(args.size()));
  for (std::string_view arg : args) append_bulk(out, arg);
}

BulkHeader::BulkHeader(std::size_t size)
    : size_(format_header(text_, '$', static_cast<std::int64_t>(size))) {}

void Writer::header(char kind, std::int64_t value) {
  append_header(out_, kind, value);
}

void Writer::simple(std::string_view text) {
  out_.append("+").append(text).append("\r\n");
}

void Writer::error(std::string_view text) {
  out_.push_back('-');
  for (const char c : text) out_.push_back(c == '\r' || c == '\n' ? ' ' : c);
  out_.append("\r\n");
}

void Writer::integer(std::int64_t value) {
  header(':', value);
}

void Writer::bulk(std::string_view bytes) {
  append_bulk(out_, bytes);
}

void Writer::null_bulk() {
  out_.append(resp3() ? "_\r\n" : "$-1\r\n");
}

void Writer::null_array() {
  out_.append(resp3() ? "_\r\n" : "*-1\r\n");
}

void Writer::boolean(bool value) {
  if (resp3()) {
    out_.append(value ? "#t\r\n" : "#f\r\n");
  } else {
    integer(value ? 1 : 0);
  }
}

void Writer::verbatim(std::string_view text) {
  if (!resp3()) {
    bulk(text);
    return;
  }
  header('=', static_cast<std::int64_t>(text.size() + 4));
  out_.append("txt:").append(text).append("\r\n");
}

void Writer::array(std::size_t elements) {
  header('*', static_cast<std::int64_t>(elements));
}

void Writer::map(std::size_t pairs) {
  const auto n = static_cast<std::int64_t>(pairs);
  resp3() ? header('%', n) : header('*', 2 * n);
}

void Writer::set(std::size_t elements) {
  header(resp3() ? '~' : '*', static_cast<std::int64_t>(elements));
}

void Writer::push(std::size_t elements) {
  header(resp3() ? '>' : '*', static_cast<std::int64_t>(elements));
}

}  // namespace parley::resp
