#include "common/resp_request.h"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace parley::resp {

namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}
// Redis skips these too, but only in front of a word.
bool is_space(char c) {
  return is_blank(c) || c == '\v' || c == '\f' || c == '\n';
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

char unescape(char c) {
  switch (c) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'b':
      return '\b';
    case 'a':
      return '\a';
    default:
      return c;
  }
}

// Reads words of an inline line; quotes may start inside a word.
class LineReader {
 public:
  explicit LineReader(std::string_view line) : line_(line) {}

  bool skip_to_word() {
    while (at_ < line_.size() && is_space(line_[at_])) ++at_;
    return at_ < line_.size();
  }

  /// Appends the next word to `word`. False: unbalanced quotes.
  bool read_word(std::string& word) {
    while (at_ < line_.size() && !is_blank(line_[at_])) {
      const char c = line_[at_++];
      if (c == '"') return read_double_quoted(word);
      if (c == '\'') return read_single_quoted(word);
      word.push_back(c);
    }
    return true;
  }

 private:
  bool read_double_quoted(std::string& word) {
    while (at_ < line_.size()) {
      const char c = line_[at_++];
      if (c == '"') return at_word_end();
      if (c != '\\' || at_ == line_.size()) {
        word.push_back(c);
      } else if (!read_hex(word)) {
        word.push_back(unescape(line_[at_++]));
      }
    }
    return false;
  }

  bool read_single_quoted(std::string& word) {
    while (at_ < line_.size()) {
      const char c = line_[at_++];
      if (c == '\'') return at_word_end();
      if (c == '\\' && at_ < line_.size() && line_[at_] == '\'') {
        word.push_back(line_[at_++]);
      } else {
        word.push_back(c);
      }
    }
    return false;
  }

  // Stands behind a backslash: xHH?
  bool read_hex(std::string& word) {
    if (line_.size() - at_ < 3 || line_[at_] != 'x') return false;
    const int high = hex_digit(line_[at_ + 1]);
    const int low = hex_digit(line_[at_ + 2]);
    if (high < 0 || low < 0) return false;
    word.push_back(static_cast<char>(high * 16 + low));
    at_ += 3;
    return true;
  }

  bool at_word_end() const { return at_ == line_.size() || is_space(line_[at_]); }

  std::string_view line_;
  std::size_t at_ = 0;
};

}  // namespace

bool parse_integer(std::string_view text, std::int64_t& value) {
  if (text == "0") {
    value = 0;
    return true;
  }
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  if (digits.empty() || digits.front() < '1' || digits.front() > '9') return false;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  return result.ec == std::errc() && result.ptr == text.data() + text.size();
}

RequestParser::Status RequestParser::parse(std::string_view input, const RequestLimits& limits,
                                           Args& args) {
  args.clear();
  if (!in_array_) {
    if (input.empty()) {
      needed_ = 1;
      return Status::kIncomplete;
    }
    if (input.front() != '*') return parse_inline(input, args);
    const Status status = parse_array_header(input, limits);
    if (status != Status::kRequest || !in_array_) return status;
  }
  return parse_array(input, limits, args);
}

RequestParser::Status RequestParser::parse_array_header(std::string_view input,
                                                        const RequestLimits& limits) {
  std::size_t end = 0;
  const Status status = find_header_end(input, "too big mbulk count string", end);
  if (status != Status::kRequest) return status;
  std::int64_t count = 0;
  if (!parse_integer(input.substr(1, end - 1), count) ||
      count > static_cast<std::int64_t>(limits.arguments_max)) {
    return fail("invalid multibulk length");
  }
  if (!limits.authenticated &&
      count > static_cast<std::int64_t>(RequestLimits::kUnauthenticatedArgumentsMax)) {
    return fail("unauthenticated multibulk length");
  }
  if (count <= 0) return complete(end + 2);
  in_array_ = true;
  arguments_left_ = static_cast<std::uint64_t>(count);
  position_ = scanned_ = end + 2;
  return Status::kRequest;
}

RequestParser::Status RequestParser::parse_array(std::string_view input,
                                                 const RequestLimits& limits, Args& args) {
  while (arguments_left_ > 0) {
    if (bulk_size_ == kNoBulk) {
      const Status status = parse_bulk_header(input, limits);
      if (status != Status::kRequest) return status;
    }
    const auto size = static_cast<std::size_t>(bulk_size_);
    if (input.size() < position_ + size + 2) {
      needed_ = position_ + size + 2;
      return Status::kIncomplete;
    }
    pieces_.push_back({position_, size});
    position_ += size + 2;
    scanned_ = position_;
    bulk_size_ = kNoBulk;
    --arguments_left_;
  }
  for (const Piece& piece : pieces_) args.push_back(input.substr(piece.begin, piece.size));
  return complete(position_);
}

RequestParser::Status RequestParser::parse_bulk_header(std::string_view input,
                                                       const RequestLimits& limits) {
  std::size_t end = 0;
  const Status status = find_header_end(input, "too big bulk count string", end);
  if (status != Status::kRequest) return status;
  const char kind = input[position_];
  if (kind != '$') {
    const char shown = kind == '\r' || kind == '\n' ? ' ' : kind;
    return fail(std::string("expected '$', got '") + shown + "'");
  }
  std::int64_t size = 0;
  if (!parse_integer(input.substr(position_ + 1, end - position_ - 1), size) || size < 0 ||
      size > static_cast<std::int64_t>(limits.bulk_bytes_max)) {
    return fail("invalid bulk length");
  }
  if (!limits.authenticated &&
      size > static_cast<std::int64_t>(RequestLimits::kUnauthenticatedBulkBytesMax)) {
    return fail("unauthenticated bulk length");
  }
  bulk_size_ = size;
  position_ = scanned_ = end + 2;
  return Status::kRequest;
}

// The byte behind the \r is skipped unseen, as Redis does.
RequestParser::Status RequestParser::find_header_end(std::string_view input,
                                                     std::string_view too_long, std::size_t& end) {
  end = input.find('\r', scanned_);
  const std::size_t line_end = end == std::string_view::npos ? input.size() : end;
  if (line_end - std::min(position_, line_end) > RequestLimits::kLineBytesMax)
    return fail(too_long);
  scanned_ = line_end;
  if (end == std::string_view::npos || end + 2 > input.size()) {
    needed_ = line_end + 2;
    return Status::kIncomplete;
  }
  return Status::kRequest;
}

RequestParser::Status RequestParser::parse_inline(std::string_view input, Args& args) {
  const std::size_t end = input.find('\n', scanned_);
  std::string_view line = input.substr(0, end);
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.size() > RequestLimits::kLineBytesMax) return fail("too big inline request");
  if (end == std::string_view::npos) {
    scanned_ = input.size();
    needed_ = input.size() + 1;
    return Status::kIncomplete;
  }
  take_back(line);
  if (!split_inline(line, args)) return fail("unbalanced quotes in request");
  return complete(end + 1);
}

// A person at a terminal without line editing types backspace (0x08) or delete (0x7f), and it comes
// like any byte. It takes back the character before it: all bytes of one in UTF-8.
void RequestParser::take_back(std::string_view& line) {
  if (line.find_first_of("\x08\x7f") == std::string_view::npos) return;
  edited_line_.clear();
  for (const char c : line) {
    if (c != 0x08 && c != 0x7f) {
      edited_line_.push_back(c);
      continue;
    }
    const auto continues = [&] { return (edited_line_.back() & 0xc0) == 0x80; };
    while (edited_line_.size() > 1 && continues()) edited_line_.pop_back();
    if (!edited_line_.empty()) edited_line_.pop_back();
  }
  line = edited_line_;
}

// Words are collected first and viewed afterwards, because the text may move while it grows.
bool RequestParser::split_inline(std::string_view line, Args& args) {
  inline_text_.clear();
  pieces_.clear();
  LineReader reader(line);
  while (reader.skip_to_word()) {
    const std::size_t begin = inline_text_.size();
    if (!reader.read_word(inline_text_)) return false;
    pieces_.push_back({begin, inline_text_.size() - begin});
  }
  for (const Piece& piece : pieces_) {
    args.push_back(std::string_view(inline_text_).substr(piece.begin, piece.size));
  }
  return true;
}

RequestParser::Status RequestParser::complete(std::size_t consumed) {
  consumed_ = consumed;
  position_ = scanned_ = needed_ = 0;
  in_array_ = false;
  pieces_.clear();
  if (pieces_.capacity() > 64) pieces_.shrink_to_fit();
  return Status::kRequest;
}

RequestParser::Status RequestParser::fail(std::string_view text) {
  error_ = "Protocol error: ";
  error_ += text;
  return Status::kError;
}

}  // namespace parley::resp
