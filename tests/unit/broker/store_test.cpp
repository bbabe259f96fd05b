#include "broker/store.h"

#include <gtest/gtest.h>
#include <rocksdb/db.h>

#include <filesystem>
#include <random>
#include <tuple>

#include "broker/store_files.h"

namespace parley::broker {
namespace {

using Changes = std::vector<std::tuple<StoreBatch::Kind, std::string, std::string>>;

class StoreTest : public testing::Test {
 protected:
  StoreTest() {
    std::random_device random;
    options.directory =
        std::filesystem::temp_directory_path() / ("parley-" + std::to_string(random()));
  }
  ~StoreTest() override { std::filesystem::remove_all(options.directory); }

  std::string refusal() {
    try {
      open_store(options, *log);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return {};
  }

  StoreOptions options;
  std::shared_ptr<Log> log = make_log("test", {.level = "off"});
};

TEST(StoreBatch, KeepsItsChangesInOrder) {
  StoreBatch batch;
  EXPECT_TRUE(batch.empty());
  batch.put("key", std::string(300, 'x'));
  batch.erase(std::string("\0k", 2));
  batch.erase_range("a", "b");
  Changes changes;
  batch.visit([&](StoreBatch::Kind kind, std::string_view first, std::string_view second) {
    changes.emplace_back(kind, first, second);
  });
  const Changes expected{{StoreBatch::Kind::kPut, "key", std::string(300, 'x')},
                         {StoreBatch::Kind::kErase, std::string("\0k", 2), ""},
                         {StoreBatch::Kind::kEraseRange, "a", "b"}};
  EXPECT_EQ(changes, expected);
}

TEST(StoreBatch, ARecordComesBackAsItWas) {
  StreamRecord record{.db = 3,
                      .name = std::string("na\0me", 5),
                      .epoch = "epoch",
                      .generation = "g",
                      .last_id = {UINT64_MAX, 1},
                      .max_deleted_id = {2, 3},
                      .begin_id = {4, 5},
                      .trimmed_below = {6, 7},
                      .entries_added = 8,
                      .length = 9,
                      .nodes = 10,
                      .expires_at_ms = 1'800'000'000'000};
  const StreamRecord read = decode_stream_record(encode(record));
  EXPECT_EQ(encode(read), encode(record));
  EXPECT_EQ(read.name, record.name);
  EXPECT_EQ(read.last_id, record.last_id);
  EXPECT_EQ(read.expires_at_ms, record.expires_at_ms);
}

TEST(StoreBatch, KeysOfAStreamLieInTheOrderOfTheirIds) {
  EXPECT_LT(store_key::entry(1, {255, 0}), store_key::entry(1, {256, 0}));
  EXPECT_LT(store_key::entry(1, kStreamIdMax), store_key::entry(2, kStreamIdMin));
  EXPECT_EQ(store_key::number_at(store_key::entry(7, {8, 9}), 17), 9U);
}

TEST_F(StoreTest, ALayoutOfANewerProgramIsLeftAlone) {
  {
    StoreFiles files = open_store(options, *log);
    ASSERT_TRUE(files.db->Put({}, "v", "2").ok());
  }
  EXPECT_NE(refusal().find("has layout 2, this program knows 1"), std::string::npos) << refusal();
}

TEST_F(StoreTest, TheGenerationStaysUntilEntriesMayBeLost) {
  const auto generation_of_a_run = [&](bool orderly) {
    StoreFiles files = open_store(options, *log);
    if (orderly) mark_clean_end(files);
    return files.generation;
  };
  const std::string first = generation_of_a_run(true);
  EXPECT_EQ(generation_of_a_run(false), first);
  options.fsync = Fsync::kEverySecond;
  EXPECT_EQ(generation_of_a_run(true), first);
  EXPECT_EQ(generation_of_a_run(false), first);
  EXPECT_NE(generation_of_a_run(true), first);
}

}  // namespace
}  // namespace parley::broker
