#include "bench/parley_bench_payload.h"

#include <charconv>
#include <cstdio>

namespace parley::bench {
namespace {

constexpr std::size_t kStampDigits = 19;  // nanoseconds of the steady clock

std::string mark(std::uint32_t number) {
  char text[16];
  std::snprintf(text, sizeof text, "@m%06u", number % 1000000);
  return text;
}

std::string filled(std::string text, std::size_t bytes) {
  while (text.size() < bytes) text += static_cast<char>('a' + text.size() % 26);
  return text;
}

}  // namespace

std::string marked_payload(std::size_t bytes, std::uint32_t number) {
  return filled(mark(number), bytes);
}

bool has_mark(std::string_view body, std::uint32_t number) {
  return body.find(mark(number)) != body.npos;
}

std::string stamped_payload(std::size_t bytes, Clock::time_point sent) {
  const long long ns =
      std::chrono::duration_cast<std::chrono::nanoseconds>(sent.time_since_epoch()).count();
  char text[32];
  std::snprintf(text, sizeof text, "@t%019lld", ns);
  return filled(text, bytes);
}

std::optional<Clock::time_point> sent_at(std::string_view body) {
  const auto at = body.find("@t");
  if (at == body.npos || body.size() < at + 2 + kStampDigits) return std::nullopt;
  long long ns = 0;
  const char* begin = body.data() + at + 2;
  const auto [end, error] = std::from_chars(begin, begin + kStampDigits, ns);
  if (error != std::errc{} || end != begin + kStampDigits) return std::nullopt;
  return Clock::time_point{std::chrono::nanoseconds{ns}};
}

}  // namespace parley::bench
