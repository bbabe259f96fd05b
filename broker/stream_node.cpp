#include "broker/stream_node.h"

#include "broker/listpack_size.h"

namespace parley::broker {

namespace {

constexpr char kLive = 0;
constexpr char kRemoved = 1;

// Redis takes no node of more than a gigabyte, whatever is set.
constexpr std::uint64_t kNodeBytesMax = 1ULL << 30;

bool has_fields(std::string_view body, Words words) {
  BodyReader reader(body);
  if (reader.left() != words.size()) return false;
  std::string_view word;
  for (std::size_t i = 0; reader.next(word); ++i) {
    if (i % 2 == 0 && word != words[i]) return false;
  }
  return true;
}

}  // namespace

bool StreamNode::has_room(Words words, const NodeLimits& limits) const {
  const std::uint64_t set = limits.bytes_max;
  const std::uint64_t bytes_max = set == 0 || set > kNodeBytesMax ? kNodeBytesMax : set;
  std::uint64_t bytes = 0;
  for (const std::string_view word : words) bytes += word.size();
  if (measured_ + bytes >= bytes_max) return false;
  return limits.entries_max == 0 || std::uint64_t{live_} + removed_ < limits.entries_max;
}

std::uint64_t StreamNode::append(StreamId id, Words words) {
  bool same_fields = true;
  if (bytes_.empty()) {
    measured_ = listpack::header_size(words);
  } else {
    Position first;
    read(0, first);
    same_fields = has_fields(first.entry.body, words);
  }
  measured_ += listpack::entry_size({id.ms - base_.ms, id.seq - base_.seq}, words, same_fields);
  const std::uint64_t begin = bytes_.size();
  bytes_.push_back(kLive);
  append_varint(bytes_, id.ms - base_.ms);
  append_varint(bytes_, id.seq);
  append_varint(bytes_, body_size(words));
  append_body(bytes_, words);
  last_ = id;
  ++live_;
  return begin;
}

bool StreamNode::read(std::uint64_t offset, Position& position) const {
  if (offset >= bytes_.size()) return false;
  std::string_view rest = std::string_view(bytes_).substr(offset);
  position.begin = offset;
  position.removed = rest.front() == kRemoved;
  rest.remove_prefix(1);
  position.entry.id.ms = base_.ms + take_varint(rest);
  position.entry.id.seq = take_varint(rest);
  const std::uint64_t size = take_varint(rest);
  position.entry.body = rest.substr(0, size);
  position.end = bytes_.size() - rest.size() + size;
  return true;
}

void StreamNode::remove(const Position& position) {
  bytes_[position.begin] = kRemoved;
  --live_;
  ++removed_;
}

// They go on counting for has_room(), as they do in Redis.
void StreamNode::cut_behind(StreamId last) {
  Position at;
  for (std::uint64_t offset = 0; read(offset, at); offset = at.end) {
    if (at.entry.id > last) {
      bytes_.resize(at.begin);
      return;
    }
    last_ = at.entry.id;
  }
}

}  // namespace parley::broker
