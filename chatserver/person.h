#pragma once

#include <string>

namespace parley::chat {

/// What others see of a client.
struct Person {
  std::string client;  // connection id
  std::string name;
  bool operator==(const Person&) const = default;
};

}  // namespace parley::chat
