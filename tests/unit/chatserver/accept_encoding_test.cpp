#include "chatserver/accept_encoding.h"

#include <gtest/gtest.h>

#include <vector>

namespace parley::chat {
namespace {

struct Weights {
  std::string_view header;
  int brotli;
  int gzip;
  int identity;
};

void expect_weights(std::initializer_list<Weights> table) {
  for (const Weights& row : table) {
    const AcceptEncoding accepted(row.header);
    EXPECT_EQ(accepted.weight(Coding::kBrotli), row.brotli) << row.header;
    EXPECT_EQ(accepted.weight(Coding::kGzip), row.gzip) << row.header;
    EXPECT_EQ(accepted.weight(Coding::kIdentity), row.identity) << row.header;
  }
}

constexpr Coding kAll[] = {Coding::kBrotli, Coding::kGzip, Coding::kIdentity};

std::optional<Coding> best_of_all(std::string_view header) {
  return AcceptEncoding(header).best_of(kAll);
}

TEST(AcceptEncoding, WithoutAHeaderOnlyIdentityIsTaken) {
  expect_weights({{"", 0, 0, 1}, {" ", 0, 0, 1}, {",,", 0, 0, 1}});
}

TEST(AcceptEncoding, ReadsCodingsAndWeights) {
  expect_weights({{"gzip", 0, 1000, 1},
                  {"gzip, deflate, br, zstd", 1000, 1000, 1},
                  {"br;q=0.5,gzip;q=0.25", 500, 250, 1},
                  {"br ; q=0.123 ,\tgzip ; q=1.000", 123, 1000, 1},
                  {"GZip;Q=0.1", 0, 100, 1},
                  {"x-gzip", 0, 1000, 1},
                  {"br;q=1.,gzip;q=0.", 1000, 0, 1},
                  {"identity;q=0.7", 0, 0, 700}});
}

TEST(AcceptEncoding, ZeroForbids) {
  expect_weights({{"gzip;q=0", 0, 0, 1},
                  {"br;q=0.000, gzip", 0, 1000, 1},
                  {"identity;q=0", 0, 0, 0},
                  {"*;q=0", 0, 0, 0},
                  {"*;q=0, identity", 0, 0, 1000}});
}

TEST(AcceptEncoding, TheStarIsForWhatIsNotNamed) {
  expect_weights({{"*", 1000, 1000, 1000},
                  {"*;q=0.5", 500, 500, 500},
                  {"br;q=0, *", 0, 1000, 1000},
                  {"*;q=0.1, gzip;q=0.9", 100, 900, 100}});
}

TEST(AcceptEncoding, WhatIsMalformedCountsForNothing) {
  expect_weights({{"gzip;q=2", 0, 0, 1},
                  {"gzip;q=1.001", 0, 0, 1},
                  {"gzip;q=0.1234", 0, 0, 1},
                  {"gzip;q=-1", 0, 0, 1},
                  {"gzip;q=", 0, 0, 1},
                  {"gzip;q", 0, 0, 1},
                  {"gzip;", 0, 0, 1},
                  {"gzip;x=1", 0, 0, 1},
                  {"gzip;q=0.5;x", 0, 0, 1},
                  {"gzip;q=00", 0, 0, 1},
                  {"gzip br", 0, 0, 1},
                  {";q=1, br", 1000, 0, 1},
                  {"gzi, gzipp, *x", 0, 0, 1}});
}

TEST(AcceptEncoding, TheFirstOfTwoCounts) {
  expect_weights({{"gzip;q=0, gzip", 0, 0, 1}, {"gzip;q=x, gzip;q=0.3", 0, 300, 1}});
}

TEST(AcceptEncoding, TheBestIsTheHeaviestAndOfEqualsTheFirst) {
  EXPECT_EQ(best_of_all("gzip, br"), Coding::kBrotli);
  EXPECT_EQ(best_of_all("gzip, br;q=0.9"), Coding::kGzip);
  EXPECT_EQ(best_of_all("gzip;q=0.001"), Coding::kGzip);
  EXPECT_EQ(best_of_all("gzip;q=0.5, identity"), Coding::kIdentity);
  EXPECT_EQ(best_of_all("deflate"), Coding::kIdentity);
  EXPECT_EQ(best_of_all("*;q=0"), std::nullopt);
}

TEST(AcceptEncoding, OnlyWhatIsThereIsChosen) {
  const std::vector<Coding> plain{Coding::kIdentity};
  EXPECT_EQ(AcceptEncoding("br, gzip").best_of(plain), Coding::kIdentity);
  EXPECT_EQ(AcceptEncoding("br, identity;q=0").best_of(plain), std::nullopt);
}

}  // namespace
}  // namespace parley::chat
