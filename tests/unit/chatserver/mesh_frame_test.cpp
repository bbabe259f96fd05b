#include "chatserver/mesh_frame.h"

#include <gtest/gtest.h>

#include <limits>

namespace parley::chat::mesh {
namespace {

using Frames = std::vector<std::string_view>;

const Origin kOrigin{0x1122334455667788, 1'700'000'000'000, 42, 1'700'000'000'123};

TEST(MeshFrame, A_message_comes_back_as_it_was) {
  const std::string topic = room_topic("tea");
  const std::string header = encode({Kind::kMessage, kOrigin});
  EXPECT_EQ(header.size(), kHeaderBytes);
  const std::string payload("any\0bytes\n", 10);
  const auto published = decode_published(Frames{topic, header, "id", payload});
  ASSERT_TRUE(published);
  EXPECT_EQ(room_of_topic(published->topic), "tea");
  EXPECT_EQ(published->header.origin, kOrigin);
  EXPECT_EQ(published->id, "id");
  EXPECT_EQ(published->payload, payload);
}

TEST(MeshFrame, The_topic_of_a_room_is_no_prefix_of_another_room_s) {
  EXPECT_FALSE(room_topic("team").starts_with(room_topic("tea")));
}

TEST(MeshFrame, A_question_and_its_answer_come_back_as_they_were) {
  const std::vector<Known> known{{1, 2, 3}, {4, 5, 6}};
  const std::string ask_header = encode({Kind::kAsk, {7, 0, 8, 0}});
  const std::string knows = encode_known(known);
  const auto ask = decode_ask(Frames{ask_header, "tea", knows});
  ASSERT_TRUE(ask);
  EXPECT_EQ(ask->number, 8U);
  EXPECT_EQ(ask->known, known);

  std::string messages;
  append_message(messages, {"a", "first", kOrigin});
  append_message(messages, {"b", "", kOrigin});
  const std::string answer_header = encode({Kind::kAnswer, {7, 0, 8, 0}});
  const std::string own = encode_known({known.data(), 1});
  const auto answer = decode_answer(Frames{answer_header, "tea", own, messages});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->own, known[0]);
  ASSERT_EQ(answer->messages.size(), 2U);
  EXPECT_EQ(answer->messages[0].payload, "first");
  EXPECT_EQ(answer->messages[1].origin, kOrigin);
  for (std::size_t size = 1; size < messages.size(); ++size) {
    const auto cut = decode_answer(Frames{answer_header, "tea", own, messages.substr(0, size)});
    EXPECT_TRUE(!cut || cut->messages.size() == 1) << size;
  }
}

TEST(MeshFrame, What_is_cut_or_has_too_much_is_nothing) {
  const std::string topic = room_topic("tea");
  const std::string header = encode({Kind::kMessage, kOrigin});
  EXPECT_FALSE(decode_published(Frames{}));
  EXPECT_FALSE(decode_published(Frames{topic, header, "id"}));
  EXPECT_FALSE(decode_published(Frames{topic, header, "id", "text", "more"}));
  EXPECT_FALSE(decode_published(Frames{topic, header, "", "without an id"}));
  EXPECT_FALSE(decode_published(Frames{"tea", header, "id", "no topic of a room"}));
  const std::string no_sender = encode({Kind::kMessage, {0, 1, 1, 1}});
  EXPECT_FALSE(decode_published(Frames{topic, no_sender, "id", "text"}));
  for (std::size_t size = 0; size < header.size(); ++size) {
    const std::string cut = header.substr(0, size);
    EXPECT_FALSE(decode_published(Frames{topic, cut, "id", "text"})) << size;
  }
  const std::string ask = encode({Kind::kAsk, {7, 0, 8, 0}});
  EXPECT_FALSE(decode_ask(Frames{ask, "tea", "not 24 bytes"}));
  const std::vector<Known> many(kSendersMax + 2);
  const std::string too_many = encode_known(many);
  EXPECT_FALSE(decode_ask(Frames{ask, "tea", too_many}));
}

TEST(MeshFrame, Numbers_at_their_borders_come_back) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  const Origin origin{kMost, kMost, kMost, std::numeric_limits<std::int64_t>::min()};
  const std::string topic = room_topic("tea");
  const std::string header = encode({Kind::kMessage, origin});
  EXPECT_EQ(decode_published(Frames{topic, header, "id", ""})->header.origin, origin);
  EXPECT_EQ(barrier_of_topic(barrier_topic(kMost, kMost))->number, kMost);
}

TEST(MeshFrame, Each_kind_has_what_it_needs_and_nothing_else) {
  struct Row {
    Kind kind;
    std::uint64_t sequence;
    const char* id;
    bool good;
  };
  const std::string topic = room_topic("tea");
  for (const Row& row : {Row{Kind::kMessage, 1, "id", true},
                         {Kind::kMessage, 0, "id", false},
                         {Kind::kMessage, 1, "", false},
                         {Kind::kAnnouncement, 0, "", true},
                         {Kind::kAnnouncement, 1, "", false},
                         {Kind::kAnnouncement, 0, "id", false},
                         {Kind::kMark, 1, "", true},
                         {Kind::kMark, 0, "", false},
                         {Kind::kMark, 1, "id", false},
                         {Kind::kHello, 1, "", false},
                         {Kind::kAsk, 1, "id", false},
                         {Kind::kAnswer, 1, "id", false}}) {
    const std::string header = encode({row.kind, {7, 8, row.sequence, 9}});
    EXPECT_EQ(decode_published(Frames{topic, header, row.id, ""}).has_value(), row.good)
        << static_cast<int>(row.kind) << " " << row.sequence << " " << row.id;
  }
}

TEST(MeshFrame, Other_versions_and_kinds_are_nothing) {
  const std::string topic = room_topic("tea");
  for (const auto& [at, byte] :
       {std::pair{0, '\0'}, {0, '\2'}, {1, '\0'}, {1, '\7'}, {1, '\xff'}}) {
    std::string header = encode({Kind::kMessage, kOrigin});
    header[static_cast<std::size_t>(at)] = byte;
    EXPECT_FALSE(decode_published(Frames{topic, header, "id", "text"})) << at << int{byte};
  }
}

TEST(MeshFrame, Lengths_that_lie_are_refused) {
  const std::string header = encode({Kind::kAnswer, {7, 0, 8, 0}});
  const Known known{1, 2, 3};
  const std::string own = encode_known({&known, 1});
  const auto is_whole = [&](std::string_view messages) {
    return decode_answer(Frames{header, "tea", own, messages}).has_value();
  };
  std::string good;
  append_message(good, {"a", "first", kOrigin});
  ASSERT_TRUE(is_whole(good));
  EXPECT_FALSE(is_whole(good + "x"));
  // Of the id at 32, of the payload at 36.
  for (const std::size_t at : {32, 36}) {
    for (const char* length : {"\xff\xff\xff\xff", "\x7f\xff\xff\xff"}) {
      EXPECT_FALSE(is_whole(std::string(good).replace(at, 4, length, 4))) << at;
    }
  }
  const std::string sum_beyond_32_bits("\xff\xff\xff\xff\0\0\0\7", 8);
  EXPECT_FALSE(is_whole(std::string(good).replace(32, 8, sum_beyond_32_bits)));
}

TEST(MeshFrame, A_kept_message_has_a_sender_a_sequence_and_an_id_of_some_length) {
  const std::string header = encode({Kind::kAnswer, {7, 0, 8, 0}});
  const Known known{1, 2, 3};
  const std::string own = encode_known({&known, 1});
  for (const RoomHistory::Message& message :
       {RoomHistory::Message{"a", "x", {0, 2, 3, 4}},
        {"a", "x", {1, 2, 0, 4}},
        {"", "x", {1, 2, 3, 4}},
        {std::string(kIdBytesMax + 1, 'a'), "x", {1, 2, 3, 4}}}) {
    std::string messages;
    append_message(messages, message);
    EXPECT_FALSE(decode_answer(Frames{header, "tea", own, messages}));
  }
}

TEST(MeshFrame, Topics_that_are_neither_room_nor_barrier) {
  using namespace std::string_literals;
  for (const std::string& topic : {""s,
                                   "r"s,
                                   "r\0"s,
                                   "rtea"s,
                                   "tea\0"s,
                                   "rt\0a\0"s,
                                   "h"s,
                                   "b"s,
                                   "b\0"s,
                                   "b:\0"s,
                                   "b1:\0"s,
                                   "b:1\0"s,
                                   "b1:1"s,
                                   "b1:1x\0"s,
                                   "bx:1\0"s,
                                   "b-1:1\0"s,
                                   "b1:+1\0"s,
                                   "b1:1:1\0"s,
                                   "b1:18446744073709551616\0"s,
                                   "b10000000000000000:1\0"s,
                                   room_topic(std::string(kRoomBytesMax + 1, 'x'))}) {
    EXPECT_FALSE(room_of_topic(topic)) << topic;
    EXPECT_FALSE(barrier_of_topic(topic)) << topic;
  }
}

TEST(MeshFrame, Barriers_come_back_as_they_were) {
  const auto barrier = barrier_of_topic(barrier_topic(0xabc, 17));
  ASSERT_TRUE(barrier);
  EXPECT_EQ(barrier->server, 0xabcU);
  EXPECT_EQ(barrier->number, 17U);
  EXPECT_FALSE(barrier_of_topic(room_topic("b1:2")));
  EXPECT_FALSE(barrier_of_topic(std::string_view("b1:99999999999999999999\0", 24)));
}

}  // namespace
}  // namespace parley::chat::mesh
