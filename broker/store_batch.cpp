#include "broker/store_batch.h"

#include "broker/entry.h"

namespace parley::broker {

namespace {

void append_big_endian(std::string& out, std::uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift));
}

void append_text(std::string& out, std::string_view text) {
  append_varint(out, text.size());
  out.append(text);
}

std::string_view take_text(std::string_view& bytes) {
  const std::uint64_t size = take_varint(bytes);
  const std::string_view text = bytes.substr(0, size);
  bytes.remove_prefix(text.size());
  return text;
}

void append_id(std::string& out, StreamId id) {
  append_varint(out, id.ms);
  append_varint(out, id.seq);
}

StreamId take_id(std::string_view& bytes) {
  StreamId id;
  id.ms = take_varint(bytes);
  id.seq = take_varint(bytes);
  return id;
}

}  // namespace

std::string encode(const StreamRecord& record) {
  std::string out;
  append_varint(out, static_cast<std::uint64_t>(record.db));
  append_text(out, record.name);
  append_text(out, record.epoch);
  append_text(out, record.generation);
  append_id(out, record.last_id);
  append_id(out, record.max_deleted_id);
  append_id(out, record.begin_id);
  append_id(out, record.trimmed_below);
  append_varint(out, record.entries_added);
  append_varint(out, record.length);
  append_varint(out, record.nodes);
  append_varint(out, static_cast<std::uint64_t>(record.expires_at_ms));
  return out;
}

StreamRecord decode_stream_record(std::string_view bytes) {
  StreamRecord record;
  record.db = static_cast<int>(take_varint(bytes));
  record.name = take_text(bytes);
  record.epoch = take_text(bytes);
  record.generation = take_text(bytes);
  record.last_id = take_id(bytes);
  record.max_deleted_id = take_id(bytes);
  record.begin_id = take_id(bytes);
  record.trimmed_below = take_id(bytes);
  record.entries_added = take_varint(bytes);
  record.length = take_varint(bytes);
  record.nodes = take_varint(bytes);
  record.expires_at_ms = static_cast<std::int64_t>(take_varint(bytes));
  return record;
}

namespace store_key {

std::string stream(StreamNumber number) {
  std::string key(1, kStream);
  append_big_endian(key, number);
  return key;
}

std::string entry(StreamNumber number, StreamId id) {
  std::string key(1, kEntry);
  append_big_endian(key, number);
  append_big_endian(key, id.ms);
  append_big_endian(key, id.seq);
  return key;
}

std::string once(StreamNumber number, std::uint64_t offset) {
  std::string key(1, kOnce);
  append_big_endian(key, number);
  append_big_endian(key, offset);
  return key;
}

std::string number(std::uint64_t value) {
  std::string text;
  append_big_endian(text, value);
  return text;
}

std::uint64_t number_at(std::string_view key, std::size_t position) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    value = value << 8 | static_cast<unsigned char>(key[position + i]);
  }
  return value;
}

}  // namespace store_key

void StoreBatch::add(Kind kind, std::string_view first, std::string_view second) {
  bytes_.push_back(static_cast<char>(kind));
  append_text(bytes_, first);
  append_text(bytes_, second);
}

std::string_view StoreBatch::take(std::string_view& rest) {
  return take_text(rest);
}

}  // namespace parley::broker
