#include "chatserver/mesh_frame.h"

#include <gtest/gtest.h>

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
