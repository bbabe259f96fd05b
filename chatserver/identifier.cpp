#include "chatserver/identifier.h"

#include <cstdio>
#include <random>
#include <string_view>

namespace parley::chat {

namespace {

// Ids need to be unique, not secret: one seed a thread is enough.
std::mt19937_64& generator() {
  static thread_local std::mt19937_64 instance = [] {
    std::random_device device;
    std::seed_seq seed{device(), device(), device(), device(), device(), device()};
    return std::mt19937_64(seed);
  }();
  return instance;
}

}  // namespace

std::string random_id() {
  static constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string id;
  std::uint64_t bits = 0;
  for (int i = 0; i < 22; ++i) {
    if (i % 10 == 0) bits = generator()();
    id.push_back(kAlphabet[bits & 63]);
    bits >>= 6;
  }
  return id;
}

std::uint64_t random_number() {
  return generator()() | 1;
}

std::string random_uuid() {
  const std::uint64_t high = (generator()() & ~0xf000ULL) | 0x4000ULL;
  const std::uint64_t low = (generator()() & ~(3ULL << 62)) | (2ULL << 62);
  char text[37];
  std::snprintf(text, sizeof text, "%08x-%04x-%04x-%04x-%012llx", static_cast<unsigned>(high >> 32),
                static_cast<unsigned>(high >> 16 & 0xffff), static_cast<unsigned>(high & 0xffff),
                static_cast<unsigned>(low >> 48),
                static_cast<unsigned long long>(low & 0xffffffffffffULL));
  return text;
}

std::string guest_name() {
  char text[16];
  std::snprintf(text, sizeof text, "guest-%04x", static_cast<unsigned>(generator()() & 0xffff));
  return text;
}

}  // namespace parley::chat
