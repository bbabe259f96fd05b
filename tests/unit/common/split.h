// Input that arrives in pieces: whatever the cuts, the result must be the same.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace parley {

using Pieces = std::vector<std::string_view>;

inline Pieces byte_by_byte(std::string_view sample) {
  Pieces pieces;
  for (std::size_t i = 0; i < sample.size(); ++i) pieces.push_back(sample.substr(i, 1));
  return pieces;
}

/// Runs `outcome(pieces)`, which returns a text, on the sample whole, byte by byte, and cut in two
/// at every place.
template <class Outcome>
void expect_same_however_cut(std::string_view sample, Outcome outcome) {
  const std::string whole = outcome(Pieces{sample});
  EXPECT_EQ(outcome(byte_by_byte(sample)), whole) << "byte by byte: " << sample;
  for (std::size_t at = 1; at < sample.size(); ++at) {
    ASSERT_EQ(outcome(Pieces{sample.substr(0, at), sample.substr(at)}), whole)
        << "cut at " << at << ": " << sample;
  }
}

}  // namespace parley
