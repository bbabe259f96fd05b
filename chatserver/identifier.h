#pragma once

#include <cstdint>
#include <string>

namespace parley::chat {

/// 22 random characters: unique without asking anybody.
std::string random_id();
/// Never 0.
std::uint64_t random_number();
/// A random (version 4) UUID, RFC 9562.
std::string random_uuid();
/// A name for somebody who gave none: "guest-7f3a".
std::string guest_name();

}  // namespace parley::chat
