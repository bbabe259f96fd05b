#include "broker/glob_run.h"

#include <algorithm>

namespace parley::broker {

void append_literal(std::string& run, unsigned char byte) {
  const char plain = static_cast<char>(byte);
  if (plain == '*' || plain == '?' || plain == '[' || plain == '\\') run += '\\';
  run += plain;
}

void append_class(std::string& run, const ByteSet& set) {
  const std::size_t size = set.size();
  if (size == 256) {
    run += '?';
  } else if (size == 1) {
    unsigned byte = 0;
    while (!set.contains(static_cast<unsigned char>(byte))) ++byte;
    append_literal(run, static_cast<unsigned char>(byte));
  } else {
    char bytes[sizeof set];
    std::memcpy(bytes, &set, sizeof set);
    run += '[';
    run.append(bytes, sizeof set);
  }
}

bool split_runs(std::string_view pattern, std::vector<std::string>& runs) {
  runs.assign(1, std::string());
  GlobReader reader(pattern);
  for (GlobToken token; reader.next(token);) {
    switch (token.kind) {
      case GlobToken::Kind::kLiteral:
        append_literal(runs.back(), token.byte);
        break;
      case GlobToken::Kind::kAny:
        runs.back() += '?';
        break;
      case GlobToken::Kind::kClass:
        if (token.set.size() == 0) return false;
        append_class(runs.back(), token.set);
        break;
      case GlobToken::Kind::kStar:
        runs.emplace_back();
        break;
    }
  }
  const std::size_t stars = runs.size() - 1;
  const bool last_is_final = stars > 0 && runs.back().empty();
  return stars - (last_is_final ? 1 : 0) <= kGlobStarsMax;
}

std::string reversed_run(std::string_view run) {
  std::string reversed(run.size(), '\0');
  std::size_t end = reversed.size();
  while (!run.empty()) {
    const std::size_t bytes = token_bytes(run[0]);
    end -= bytes;
    std::copy_n(run.data(), bytes, reversed.data() + end);
    run.remove_prefix(bytes);
  }
  return reversed;
}

std::size_t run_tokens(std::string_view run) {
  std::size_t tokens = 0;
  for (std::size_t at = 0; at < run.size(); at += token_bytes(run[at])) ++tokens;
  return tokens;
}

std::size_t run_common(std::string_view a, std::string_view b) {
  std::size_t at = 0;
  while (at < a.size() && at < b.size()) {
    const std::size_t bytes = token_bytes(a[at]);
    if (a.substr(at, bytes) != b.substr(at, bytes)) break;
    at += bytes;
  }
  return at;
}

}  // namespace parley::broker
