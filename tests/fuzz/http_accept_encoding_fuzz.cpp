// The header Accept-Encoding: every weight is in range, what is malformed or unknown changes
// nothing, the first word on a coding counts, and the choice is one of what is there. Input: the
// header.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "chatserver/accept_encoding.h"

using parley::chat::AcceptEncoding;
using parley::chat::Coding;

namespace {

constexpr std::array kAll{Coding::kBrotli, Coding::kGzip, Coding::kIdentity};

void require(bool condition) {
  if (!condition) std::abort();
}

bool same(const AcceptEncoding& one, const AcceptEncoding& other) {
  for (const Coding coding : kAll) {
    if (one.weight(coding) != other.weight(coding)) return false;
  }
  return true;
}

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return result;
}

void check_choice(const AcceptEncoding& accepted) {
  const auto best = accepted.best_of(kAll);
  const int weight = best ? accepted.weight(*best) : 0;
  require(!best || weight > 0);
  for (const Coding coding : kAll) {
    require(accepted.weight(coding) >= 0);
    require(accepted.weight(coding) <= AcceptEncoding::kWeightMax);
    require(accepted.weight(coding) <= weight);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string header(reinterpret_cast<const char*>(data), size);
  const AcceptEncoding accepted(header);
  check_choice(accepted);
  require(same(accepted, AcceptEncoding(upper(header))));
  require(same(accepted, AcceptEncoding(", \t," + header + "\t,zstd;q=0.5,gzip;q=1.5,br;,;q=1")));
  require(AcceptEncoding("gzip;q=0.3," + header).weight(Coding::kGzip) == 300);
  require(same(AcceptEncoding("br,gzip;q=0,identity;q=0.1," + header),
               AcceptEncoding("br,gzip;q=0,identity;q=0.1")));
  return 0;
}
