#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "broker/stream_id.h"

namespace parley::broker {

// An entry as one string of bytes: the number of its words (field, value, field, value ...), then
// each word behind its length, all numbers as varints. So it is kept in memory, and so a store can
// keep it: nothing but this file knows the form.

/// Field, value, field, value ...
using Words = std::span<const std::string_view>;

/// An entry that lies somewhere else; valid until its stream changes.
struct Entry {
  StreamId id;
  std::string_view body;
};

void append_varint(std::string& out, std::uint64_t value);
/// Takes a varint off the front. The bytes must be ones that append_varint wrote.
std::uint64_t take_varint(std::string_view& bytes);

void append_body(std::string& out, Words words);
std::uint64_t body_size(Words words);

/// Reads the words of a body: `while (reader.next(word))`.
class BodyReader {
 public:
  explicit BodyReader(std::string_view body) : rest_(body), left_(take_varint(rest_)) {}

  /// Words that are still to come.
  std::uint64_t left() const { return left_; }
  bool next(std::string_view& word);

 private:
  std::string_view rest_;
  std::uint64_t left_;
};

}  // namespace parley::broker
