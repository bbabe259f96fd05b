#include "broker/entry.h"

#include <bit>

namespace parley::broker {

namespace {

std::uint64_t varint_size(std::uint64_t value) {
  return (static_cast<std::uint64_t>(std::bit_width(value | 1)) + 6) / 7;
}

}  // namespace

void append_varint(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

std::uint64_t take_varint(std::string_view& bytes) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; !bytes.empty() && shift < 64; shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    value |= std::uint64_t{byte & 0x7fU} << shift;
    if (byte < 0x80) break;
  }
  return value;
}

void append_body(std::string& out, Words words) {
  append_varint(out, words.size());
  for (const std::string_view word : words) {
    append_varint(out, word.size());
    out.append(word);
  }
}

std::uint64_t body_size(Words words) {
  std::uint64_t size = varint_size(words.size());
  for (const std::string_view word : words) size += varint_size(word.size()) + word.size();
  return size;
}

bool BodyReader::next(std::string_view& word) {
  if (left_ == 0) return false;
  --left_;
  const std::uint64_t size = take_varint(rest_);
  word = rest_.substr(0, size);
  rest_.remove_prefix(word.size());
  return true;
}

}  // namespace parley::broker
