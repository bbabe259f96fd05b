// The parser of requests: whatever comes, whole or in pieces, it must find the same requests and
// the same error, take no more than there is, and point into its input. Input: what a client sends.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "common/resp_request.h"
#include "common/resp_writer.h"

namespace {

using parley::resp::append_header;
using parley::resp::Args;
using parley::resp::RequestLimits;
using parley::resp::RequestParser;
using Status = RequestParser::Status;

void require(bool condition) {
  if (!condition) std::abort();
}

// The same request as an array, whatever form it came in.
std::string encoded(const Args& args) {
  std::string out;
  append_header(out, '*', static_cast<std::int64_t>(args.size()));
  for (const std::string_view arg : args) {
    append_header(out, '$', static_cast<std::int64_t>(arg.size()));
    out.append(arg).append("\r\n");
  }
  return out;
}

void require_round_trip(const std::string& request, const Args& args) {
  RequestParser parser;
  Args again;
  require(parser.parse(request, {}, again) == Status::kRequest);
  require(again == args && parser.consumed() == request.size());
}

// All requests of the input, then the error if there is one. The input comes in pieces of
// `piece` bytes.
std::string read_all(std::string_view input, std::size_t piece, const RequestLimits& limits) {
  RequestParser parser;
  Args args;
  std::string all;
  std::size_t begin = 0;
  std::size_t end = 0;
  while (end < input.size()) {
    end += std::min(piece, input.size() - end);
    for (Status status = Status::kRequest; status == Status::kRequest;) {
      const std::string_view rest = input.substr(begin, end - begin);
      status = parser.parse(rest, limits, args);
      if (status == Status::kError) return all + parser.error();
      if (status == Status::kIncomplete) {
        require(parser.needed() > rest.size());
        break;
      }
      require(parser.consumed() > 0 && parser.consumed() <= rest.size());
      begin += parser.consumed();
      const std::string request = encoded(args);
      if (!args.empty()) require_round_trip(request, args);
      all += request;
    }
  }
  return all + "rest " + std::to_string(begin);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const RequestLimits usual;
  const RequestLimits tight{.bulk_bytes_max = 30, .arguments_max = 4, .authenticated = false};
  for (const RequestLimits& limits : {usual, tight}) {
    const std::string whole = read_all(input, size, limits);
    require(read_all(input, 1, limits) == whole);
    const std::size_t cut = size > 0 ? 1 + data[size / 2] % 61 : 1;
    require(read_all(input, cut, limits) == whole);
  }
  return 0;
}
