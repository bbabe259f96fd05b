#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace parley::resp {

enum class Protocol : std::uint8_t { kResp2 = 2, kResp3 = 3 };

/// Writes replies in the form of one protocol behind what `out` holds. Aggregates are written as a
/// header with the number of elements (of pairs, for a map), then the elements.
class Writer {
 public:
  Writer(std::string& out, Protocol protocol) : out_(out), protocol_(protocol) {}

  /// What has been written, by this writer or before it.
  std::string& text() { return out_; }
  void use(Protocol protocol) { protocol_ = protocol; }

  Protocol protocol() const { return protocol_; }
  bool resp3() const { return protocol_ == Protocol::kResp3; }

  void ok() { simple("OK"); }
  void simple(std::string_view text);
  /// `text` begins with the code word; CR and LF in it become spaces.
  void error(std::string_view text);
  void integer(std::int64_t value);
  void bulk(std::string_view bytes);
  void null_bulk();
  void null_array();
  void boolean(bool value);
  /// Text for people: RESP3 says so ("txt"), RESP2 sends a bulk string.
  void verbatim(std::string_view text);
  void array(std::size_t elements);
  void map(std::size_t pairs);
  void set(std::size_t elements);
  void push(std::size_t elements);

 private:
  void header(char kind, std::int64_t value);

  std::string& out_;
  Protocol protocol_;
};

/// Appends "<kind><value>\r\n".
void append_header(std::string& out, char kind, std::int64_t value);

/// Appends "$<size>\r\n<bytes>\r\n".
void append_bulk(std::string& out, std::string_view bytes);

/// Appends a request: an array of bulk strings.
void append_request(std::string& out, std::initializer_list<std::string_view> args);

/// The header of a bulk string, "$<size>\r\n", without allocation.
class BulkHeader {
 public:
  explicit BulkHeader(std::size_t size);
  operator std::string_view() const { return {text_, size_}; }

 private:
  char text_[24];
  std::size_t size_;
};

}  // namespace parley::resp
