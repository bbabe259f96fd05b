// The header If-None-Match: a tag is found only where it stands, quotes and all, and always when it
// comes first. Input: the header.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "chatserver/entity_tag.h"

using parley::chat::entity_tag_listed;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string header(reinterpret_cast<const char*>(data), size);
  const std::string tag = "\"5d-7\"";
  const bool any = header.find_first_not_of(" \t,*") == std::string::npos;
  const bool there = header.find(tag) != std::string::npos;
  require(!entity_tag_listed(header, tag) || there || any);
  for (const std::string& before : {tag + "," + header, ", W/" + tag + " ," + header}) {
    require(entity_tag_listed(before, tag));
  }
  return 0;
}
