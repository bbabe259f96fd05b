#include "chatserver/entity_tag.h"

#include <algorithm>

namespace parley::chat {

namespace {

constexpr std::string_view kBetween = " \t,";

void skip(std::string_view& text, std::string_view characters) {
  text.remove_prefix(std::min(text.find_first_not_of(characters), text.size()));
}

// Takes a tag, with its quotes and without the mark of a weak one; nothing if there is none.
std::string_view take_tag(std::string_view& text) {
  if (text.starts_with("W/")) text.remove_prefix(2);
  if (!text.starts_with('"')) return {};
  const std::size_t end = text.find('"', 1);
  if (end == std::string_view::npos) return {};
  const std::string_view tag = text.substr(0, end + 1);
  text.remove_prefix(tag.size());
  return tag;
}

}  // namespace

bool entity_tag_listed(std::string_view if_none_match, std::string_view etag) {
  std::string_view rest = if_none_match;
  skip(rest, kBetween);
  if (rest.starts_with('*')) return rest.find_first_not_of(kBetween, 1) == std::string_view::npos;
  while (!rest.empty()) {
    const std::string_view tag = take_tag(rest);
    if (tag.empty()) return false;
    if (tag == etag) return true;
    const std::size_t before = rest.size();
    skip(rest, kBetween);
    if (!rest.empty() && rest.size() == before) return false;
  }
  return false;
}

}  // namespace parley::chat
