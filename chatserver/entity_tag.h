#pragma once

#include <string_view>

namespace parley::chat {

/// Whether the client has the version `etag` ("\"5d-7\"") already, by what its header If-None-Match
/// says (RFC 9110, section 13.1.2): a list of tags, weak or not, or "*" for any. A list counts up
/// to the first thing in it that is no tag.
bool entity_tag_listed(std::string_view if_none_match, std::string_view etag);

}  // namespace parley::chat
