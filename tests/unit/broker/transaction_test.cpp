#include "broker/transaction.h"

#include <gtest/gtest.h>

namespace parley::broker {
namespace {

void run_first(Call&) {}
void run_second(Call&) {}
constexpr Command kFirst{.name = "first", .arity = -1, .flags = 0, .run = run_first, .summary = ""};
constexpr Command kSecond{
    .name = "second", .arity = -1, .flags = 0, .run = run_second, .summary = ""};

TEST(Transaction, KeepsCopiesOfTheArguments) {
  Transaction transaction;
  {
    const std::string text = "first and more";
    transaction.queue(kFirst, {std::string_view(text).substr(0, 5), "", "x"});
  }
  transaction.queue(kSecond, {"second"});
  resp::Args args;
  transaction.read_args(0, args);
  EXPECT_EQ(args, (resp::Args{"first", "", "x"}));
  transaction.read_args(1, args);
  EXPECT_EQ(args, resp::Args{"second"});
  EXPECT_EQ(&transaction.command(1), &kSecond);
}

TEST(Transaction, CountsWhatIsQueuedByWhatItRuns) {
  Transaction transaction;
  EXPECT_EQ(transaction.count(run_first), 0U);
  transaction.queue(kFirst, {"first"});
  transaction.queue(kSecond, {"second"});
  transaction.queue(kFirst, {"first"});
  EXPECT_EQ(transaction.size(), 3U);
  EXPECT_EQ(transaction.count(run_first), 2U);
}

TEST(Transaction, KnowsItsMemory) {
  Transaction transaction;
  EXPECT_LT(transaction.bytes(), 100U);
  transaction.queue(kFirst, {std::string(100'000, 'x')});
  EXPECT_GE(transaction.bytes(), 100'000U);
}

}  // namespace
}  // namespace parley::broker
