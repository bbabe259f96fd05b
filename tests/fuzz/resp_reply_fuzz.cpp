// The parser of replies: whatever comes, whole or in pieces, it must find the same replies and the
// same error, take no more than there is, and give well-formed trees. Input: what a server sends.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "common/resp_reply.h"

namespace {

using parley::resp::Reply;
using parley::resp::ReplyKind;
using parley::resp::ReplyNode;
using parley::resp::ReplyParser;
using Status = ReplyParser::Status;

void require(bool condition) {
  if (!condition) std::abort();
}

// Writes the value at `at` and returns where the next one begins.
std::size_t write_value(const Reply& reply, std::size_t at, std::string& out) {
  require(at < reply.size());
  const ReplyNode& node = reply[at++];
  out += std::to_string(static_cast<int>(node.kind)) + ':';
  if (node.kind != ReplyKind::kAggregate && node.kind != ReplyKind::kPush) {
    out.append(node.text) += ' ';
    return at;
  }
  require(node.integer >= 0);
  out += '[';
  for (std::int64_t i = 0; i < node.integer; ++i) at = write_value(reply, at, out);
  out += ']';
  return at;
}

// All replies of the input, then the error if there is one. The input comes in pieces of `piece`
// bytes.
std::string read_all(std::string_view input, std::size_t piece) {
  ReplyParser parser;
  Reply reply;
  std::string all;
  std::size_t begin = 0;
  std::size_t end = 0;
  while (end < input.size()) {
    end += std::min(piece, input.size() - end);
    for (;;) {
      const std::string_view rest = input.substr(begin, end - begin);
      const Status status = parser.parse(rest, reply);
      if (status == Status::kError) return all + parser.error();
      if (status == Status::kIncomplete) break;
      require(parser.consumed() > 0 && parser.consumed() <= rest.size());
      begin += parser.consumed();
      require(write_value(reply, 0, all) == reply.size());
    }
  }
  return all + "rest " + std::to_string(begin);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string whole = read_all(input, size);
  require(read_all(input, 1) == whole);
  const std::size_t cut = size > 0 ? 1 + data[size / 2] % 61 : 1;
  require(read_all(input, cut) == whole);
  return 0;
}
