#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace parley::resp {

enum class ReplyKind : std::uint8_t { kText, kError, kInteger, kNull, kAggregate, kPush };

/// One value of a reply. An aggregate is followed by its elements, each with its own elements
/// behind it; a map of n pairs is an aggregate of 2n.
struct ReplyNode {
  ReplyKind kind;
  std::string_view text;     // kText and kError (without "-"); also the digits of kInteger
  std::int64_t integer = 0;  // kInteger; the number of elements of kAggregate and kPush
};

using Reply = std::vector<ReplyNode>;

/// Takes apart what a server of the Redis protocol (RESP2 and RESP3) sends. Holds no input, like
/// RequestParser: the caller keeps the bytes from the start of the unfinished reply.
class ReplyParser {
 public:
  enum class Status { kIncomplete, kReply, kError };

  /// Most elements of a reply, in all levels together, and how deep they may nest.
  static constexpr std::size_t kNodesMax = 4 * 1024 * 1024;
  static constexpr std::size_t kDepthMax = 16;
  static constexpr std::int64_t kBulkBytesMax = 512LL * 1024 * 1024;
  static constexpr std::size_t kLineBytesMax = 64 * 1024;

  /// `input` begins where the unfinished reply begins; the reply refers to it.
  Status parse(std::string_view input, Reply& reply);
  std::size_t consumed() const { return consumed_; }
  const std::string& error() const { return error_; }

 private:
  struct Node {
    ReplyKind kind;
    std::size_t begin;
    std::size_t size;
    std::int64_t integer;
  };

  Status read_node(std::string_view input);
  Status read_line(std::string_view input, std::string_view& line);
  Status read_bulk(std::string_view input, std::int64_t size, std::size_t skip, ReplyKind kind);
  Status open_aggregate(ReplyKind kind, std::int64_t elements);
  void close_finished();
  void add(ReplyKind kind, std::size_t begin, std::size_t size, std::int64_t integer);
  Status fail(std::string text);

  std::size_t position_ = 0;
  std::size_t scanned_ = 0;
  std::vector<Node> nodes_;
  std::vector<std::int64_t> open_;  // elements still to come, outermost first
  std::size_t consumed_ = 0;
  std::string error_;
};

}  // namespace parley::resp
