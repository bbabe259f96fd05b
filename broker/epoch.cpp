#include "broker/epoch.h"

#include <cstdint>
#include <random>

namespace parley::broker {

namespace {

constexpr std::string_view kAlphabet = "0123456789abcdefghijklmnopqrstuvwxyz";
constexpr std::size_t kLetters = 16;

std::uint64_t fnv1a(std::uint64_t seed, std::string_view text) {
  std::uint64_t hash = 14695981039346656037ULL ^ seed;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return hash ^ hash >> 29;
}

}  // namespace

std::string random_epoch() {
  std::random_device random;
  std::uniform_int_distribution<std::size_t> letter(0, kAlphabet.size() - 1);
  std::string epoch;
  while (epoch.size() < kLetters) epoch.push_back(kAlphabet[letter(random)]);
  return epoch;
}

std::string later_epoch(std::string_view epoch, std::string_view word) {
  const std::string both = std::string(epoch) + ' ' + std::string(word);
  std::string later;
  for (const std::uint64_t seed : {1ULL, 2ULL}) {
    std::uint64_t hash = fnv1a(seed * 0x9e3779b97f4a7c15ULL, both);
    for (std::size_t i = 0; i < kLetters / 2; ++i, hash /= kAlphabet.size()) {
      later.push_back(kAlphabet[hash % kAlphabet.size()]);
    }
  }
  return later;
}

}  // namespace parley::broker
