#pragma once

#include <string>

namespace parley::chat {

/// 22 random characters: unique without asking anybody.
std::string random_id();
/// A random (version 4) UUID, RFC 9562.
std::string random_uuid();
/// A name for somebody who gave none: "guest-7f3a".
std::string guest_name();

}  // namespace parley::chat
