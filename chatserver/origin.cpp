#include "chatserver/origin.h"

#include <algorithm>

namespace parley::chat {

namespace {

bool matches(std::string_view pattern, std::string_view text) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == text;
  if (!text.starts_with(pattern.substr(0, star))) return false;
  pattern.remove_prefix(star + 1);
  text.remove_prefix(star);
  for (;; text.remove_prefix(1)) {
    if (matches(pattern, text)) return true;
    if (text.empty()) return false;
  }
}

}  // namespace

bool origin_allowed(std::string_view origin, std::string_view host,
                    const std::vector<std::string>& listed) {
  if (origin.empty()) return true;
  const std::size_t scheme_end = origin.find("://");
  if (scheme_end != std::string_view::npos && origin.substr(scheme_end + 3) == host) return true;
  return std::any_of(listed.begin(), listed.end(),
                     [&](const std::string& pattern) { return matches(pattern, origin); });
}

}  // namespace parley::chat
