// Random patterns and channels from small nasty alphabets, so that they often nearly match.
#pragma once

#include <cstddef>
#include <random>
#include <string>
#include <string_view>

namespace parley::broker {

inline constexpr std::string_view kGlobAlphabets[] = {
    "*?[]^-\\ab",   {"*?[]^-\\ab\x80\xff\0", 12}, "***aab", "*?a", "[]^-\\ac", "*[ab]?cd",
    "*.0123456789",
};

class RandomGlob {
 public:
  RandomGlob(std::string_view alphabet, unsigned seed) : alphabet_(alphabet), random_(seed) {}

  std::string text(std::size_t size_max) {
    std::string text(random_() % (size_max + 1), '\0');
    for (char& byte : text) byte = alphabet_[random_() % alphabet_.size()];
    return text;
  }
  std::size_t below(std::size_t limit) { return random_() % limit; }

 private:
  std::string_view alphabet_;
  std::mt19937 random_;
};

}  // namespace parley::broker
