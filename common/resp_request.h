#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace parley::resp {

using Args = std::vector<std::string_view>;

/// Limits of what a client may send, as Redis has them.
struct RequestLimits {
  std::uint64_t bulk_bytes_max = 512ULL * 1024 * 1024;
  std::uint64_t arguments_max = 2'147'483'647;
  // Before authentication a client may send little.
  bool authenticated = true;

  static constexpr std::size_t kLineBytesMax = 64 * 1024;
  static constexpr std::uint64_t kUnauthenticatedArgumentsMax = 10;
  static constexpr std::uint64_t kUnauthenticatedBulkBytesMax = 16 * 1024;
};

/// Takes requests apart, arrays of bulk strings and inline lines mixed at will. It holds no input:
/// the caller keeps the bytes from the start of the unfinished request and calls parse() again
/// when there are more. What was scanned once is not scanned again, so the cost is linear however
/// the input is cut.
class RequestParser {
 public:
  enum class Status {
    kIncomplete,  // call again with more bytes behind these
    kRequest,     // args are set; drop consumed() bytes. No args: an empty line, nothing to do
    kError        // error() says why; nothing behind it can be understood
  };

  /// `input` begins where the unfinished request begins. `args` refer to `input`, or to memory of
  /// the parser, until the next call.
  Status parse(std::string_view input, const RequestLimits& limits, Args& args);

  /// After kRequest: how many bytes of the input it took.
  std::size_t consumed() const { return consumed_; }
  /// After kIncomplete: at least so many bytes are needed in all, as far as is known by now.
  std::size_t needed() const { return needed_; }
  /// After kError: the text behind "ERR ".
  const std::string& error() const { return error_; }

 private:
  struct Piece {
    std::size_t begin;
    std::size_t size;
  };

  Status parse_array(std::string_view input, const RequestLimits& limits, Args& args);
  Status parse_array_header(std::string_view input, const RequestLimits& limits);
  Status parse_bulk_header(std::string_view input, const RequestLimits& limits);
  Status parse_inline(std::string_view input, Args& args);
  void take_back(std::string_view& line);
  bool split_inline(std::string_view line, Args& args);
  /// Looks for the \r that ends the header line at position_. Not found: incomplete or too long.
  Status find_header_end(std::string_view input, std::string_view too_long, std::size_t& end);
  Status complete(std::size_t consumed);
  Status fail(std::string_view text);

  static constexpr std::int64_t kNoBulk = -1;

  std::size_t position_ = 0;  // where the next header or argument begins
  std::size_t scanned_ = 0;   // no line end before here
  std::uint64_t arguments_left_ = 0;
  std::int64_t bulk_size_ = kNoBulk;
  bool in_array_ = false;
  std::vector<Piece> pieces_;
  std::string inline_text_;
  std::string edited_line_;
  std::size_t consumed_ = 0;
  std::size_t needed_ = 0;
  std::string error_;
};

/// Reads a decimal integer as Redis does in headers: no sign but '-', no leading zeros, no blanks.
bool parse_integer(std::string_view text, std::int64_t& value);

}  // namespace parley::resp
