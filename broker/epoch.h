#pragma once

#include <string>
#include <string_view>

namespace parley::broker {

/// 16 random letters and digits: 82 bits, so that no two streams ever share an epoch.
std::string random_epoch();

/// The epoch of a stream after its store has lost its last entries: it follows from the old one and
/// a random word, so that it need not be written down at once.
std::string later_epoch(std::string_view epoch, std::string_view word);

}  // namespace parley::broker
