#include "chatserver/accept_encoding.h"

#include <algorithm>

#include "chatserver/header_text.h"
#include "common/text.h"

namespace parley::chat {

namespace {

// Of identity, if nothing is said about it: it may be sent, and everything else is better.
constexpr int kUnsaid = 1;

constexpr std::array<std::string_view, kCodings> kNames{"br", "gzip", "identity"};
constexpr std::array<std::string_view, kCodings> kSuffixes{".br", ".gz", ""};

struct Element {
  std::string_view coding;
  int weight;
};

// Up to the separator, which is taken away with it.
std::string_view take_until(std::string_view& text, char separator) {
  const std::size_t end = text.find(separator);
  const std::string_view taken = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return taken;
}

// "0.5" is 500 (RFC 9110, section 12.4.2: at most three digits, nothing above 1).
std::optional<int> read_weight(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return std::nullopt;
  if (text.size() > 1 && text[1] != '.') return std::nullopt;
  int weight = (text[0] - '0') * AcceptEncoding::kWeightMax;
  int digit_worth = AcceptEncoding::kWeightMax / 10;
  for (std::size_t i = 2; i < text.size(); ++i, digit_worth /= 10) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    weight += (text[i] - '0') * digit_worth;
  }
  if (weight > AcceptEncoding::kWeightMax) return std::nullopt;
  return weight;
}

std::optional<Element> read_element(std::string_view text) {
  const bool has_weight = text.find(';') != std::string_view::npos;
  const std::string_view coding = trimmed(take_until(text, ';'));
  if (coding.empty()) return std::nullopt;
  if (!has_weight) return Element{coding, AcceptEncoding::kWeightMax};
  const std::string_view parameter = trimmed(text);
  if (!equals_ignoring_case(parameter.substr(0, 2), "q=")) return std::nullopt;
  const auto weight = read_weight(parameter.substr(2));
  if (!weight) return std::nullopt;
  return Element{coding, *weight};
}

std::optional<std::size_t> place_of(std::string_view coding) {
  if (equals_ignoring_case(coding, "x-gzip")) coding = coding_name(Coding::kGzip);
  for (std::size_t i = 0; i < kCodings; ++i) {
    if (equals_ignoring_case(coding, kNames[i])) return i;
  }
  return std::nullopt;
}

}  // namespace

AcceptEncoding::AcceptEncoding(std::string_view header) {
  std::array<std::optional<int>, kCodings> said;
  std::optional<int> others;  // "*"
  while (!header.empty()) {
    const auto element = read_element(take_until(header, ','));
    if (!element) continue;
    const auto place = place_of(element->coding);
    std::optional<int>* const target = place                    ? &said[*place]
                                       : element->coding == "*" ? &others
                                                                : nullptr;
    if (target && !*target) *target = element->weight;
  }
  for (std::size_t i = 0; i < kCodings; ++i) {
    const bool is_identity = i == static_cast<std::size_t>(Coding::kIdentity);
    weights_[i] = said[i].value_or(others.value_or(is_identity ? kUnsaid : 0));
  }
}

std::optional<Coding> AcceptEncoding::best_of(std::span<const Coding> there) const {
  std::optional<Coding> best;
  for (const Coding coding : there) {
    if (weight(coding) > (best ? weight(*best) : 0)) best = coding;
  }
  return best;
}

std::string_view coding_name(Coding coding) {
  return kNames[static_cast<std::size_t>(coding)];
}

std::string_view coding_suffix(Coding coding) {
  return kSuffixes[static_cast<std::size_t>(coding)];
}

}  // namespace parley::chat
