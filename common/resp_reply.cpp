#include "common/resp_reply.h"

#include <algorithm>

#include "common/resp_request.h"

namespace parley::resp {

ReplyParser::Status ReplyParser::parse(std::string_view input, Reply& reply) {
  reply.clear();
  do {
    const Status status = read_node(input);
    if (status != Status::kReply) return status;
    close_finished();
  } while (!open_.empty());
  for (const Node& node : nodes_) {
    reply.push_back({node.kind, input.substr(node.begin, node.size), node.integer});
  }
  consumed_ = position_;
  position_ = scanned_ = 0;
  nodes_.clear();
  return Status::kReply;
}

// Nothing of a value is kept before the whole of it is there, except what is known of its line.
ReplyParser::Status ReplyParser::read_node(std::string_view input) {
  if (nodes_.size() >= kNodesMax) return fail("a reply of too many elements");
  std::string_view line;
  const Status status = read_line(input, line);
  if (status != Status::kReply) return status;
  if (line.empty()) return fail("an empty line where a reply should begin");
  const char kind = line.front();
  const std::string_view text = line.substr(1);
  const std::size_t begin = position_ + 1;
  const std::size_t next = position_ + line.size() + 2;
  std::int64_t number = 0;
  const bool is_number = parse_integer(text, number);
  const auto done = [&](ReplyKind reply_kind) {
    add(reply_kind, begin, text.size(), number);
    position_ = scanned_ = next;
    return Status::kReply;
  };
  const auto bulk = [&](std::size_t skip, ReplyKind reply_kind) {
    if (!is_number || number < -1) return fail("an invalid bulk length");
    if (number == -1) return done(ReplyKind::kNull);
    return read_bulk(input, number, skip, reply_kind);
  };
  const auto aggregate = [&](ReplyKind reply_kind, std::int64_t per_element) {
    if (!is_number || number < -1) return fail("an invalid number of elements");
    if (number == -1) return done(ReplyKind::kNull);
    if (number > static_cast<std::int64_t>(kNodesMax)) return fail("a reply of too many elements");
    position_ = scanned_ = next;
    return open_aggregate(reply_kind, number * per_element);
  };
  switch (kind) {
    case '+':
    case ',':
    case '(':
    case '#':
      return done(ReplyKind::kText);
    case '-':
      return done(ReplyKind::kError);
    case '_':
      return done(ReplyKind::kNull);
    case ':':
      return is_number ? done(ReplyKind::kInteger) : fail("an invalid integer");
    case '$':
      return bulk(0, ReplyKind::kText);
    case '=':
      return bulk(4, ReplyKind::kText);
    case '!':
      return bulk(0, ReplyKind::kError);
    case '*':
    case '~':
      return aggregate(ReplyKind::kAggregate, 1);
    case '>':
      return aggregate(ReplyKind::kPush, 1);
    case '%':
      return aggregate(ReplyKind::kAggregate, 2);
    default:
      return fail(std::string("an unknown kind of reply, '") + kind + "'");
  }
}

ReplyParser::Status ReplyParser::read_line(std::string_view input, std::string_view& line) {
  const std::size_t end = input.find("\r\n", scanned_);
  const bool half_ended = end == std::string_view::npos && input.ends_with('\r');
  const std::size_t line_end = std::min(end, input.size() - (half_ended ? 1 : 0));
  if (line_end - std::min(position_, line_end) > kLineBytesMax)
    return fail("a line of over 64 KiB");
  if (end == std::string_view::npos) {
    scanned_ = std::max(position_, input.empty() ? 0 : input.size() - 1);
    return Status::kIncomplete;
  }
  line = input.substr(position_, end - position_);
  return Status::kReply;
}

// position_ stays at the header until the payload is complete: it is short, reading it again costs
// nothing.
ReplyParser::Status ReplyParser::read_bulk(std::string_view input, std::int64_t size,
                                           std::size_t skip, ReplyKind kind) {
  if (size > kBulkBytesMax) return fail("a bulk string of over 512 MiB");
  const auto bytes = static_cast<std::size_t>(size);
  if (bytes < skip) return fail("a verbatim string without its format");
  const std::size_t begin = input.find('\r', position_) + 2;
  if (input.size() < begin + bytes + 2) {
    scanned_ = position_;
    return Status::kIncomplete;
  }
  add(kind, begin + skip, bytes - skip, 0);
  position_ = scanned_ = begin + bytes + 2;
  return Status::kReply;
}

ReplyParser::Status ReplyParser::open_aggregate(ReplyKind kind, std::int64_t elements) {
  if (open_.size() >= kDepthMax) return fail("a reply nested too deeply");
  add(kind, position_, 0, elements);
  open_.push_back(elements);
  return Status::kReply;
}

void ReplyParser::close_finished() {
  while (!open_.empty() && open_.back() == 0) open_.pop_back();
}

// Every value but the outermost is an element of the innermost open aggregate.
void ReplyParser::add(ReplyKind kind, std::size_t begin, std::size_t size, std::int64_t integer) {
  if (!open_.empty()) --open_.back();
  nodes_.push_back({kind, begin, size, integer});
}

ReplyParser::Status ReplyParser::fail(std::string text) {
  error_ = std::move(text);
  return Status::kError;
}

}  // namespace parley::resp
