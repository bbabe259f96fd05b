#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace parley::chat {

/// The target of an HTTP request, taken apart and percent-decoded (RFC 3986).
struct RequestTarget {
  std::string path;
  std::map<std::string, std::string> query;

  /// The value of a parameter of the query, or an empty one.
  std::string parameter(const std::string& name) const {
    const auto found = query.find(name);
    return found == query.end() ? std::string() : found->second;
  }
};

/// Nothing if it is not a path with valid percent-encoding.
std::optional<RequestTarget> parse_request_target(std::string_view target);

}  // namespace parley::chat
