#include "chatserver/entity_tag.h"

#include <gtest/gtest.h>

namespace parley::chat {
namespace {

TEST(EntityTag, IsFoundInAListStrongOrWeak) {
  for (const char* header :
       {R"("a-1")", R"(W/"a-1")", R"("x", "a-1")", R"("x",W/"a-1","y")", R"(  ,"x",, "a-1" ,)",
        R"("a,b", "a-1")", R"("", "a-1")", "*", " * "}) {
    EXPECT_TRUE(entity_tag_listed(header, R"("a-1")")) << header;
  }
}

TEST(EntityTag, IsNotFoundWhereItIsNot) {
  for (const char* header :
       {"", "x", R"("a-2")", R"("A-1")", "a-1", R"("a-1)", R"(a-1")", R"(w/"a-1")", R"(W/ "a-1")",
        R"("x, "a-1", "y")", R"("x""a-1")", "**", R"(*, "x")"}) {
    EXPECT_FALSE(entity_tag_listed(header, R"("a-1")")) << header;
  }
}

}  // namespace
}  // namespace parley::chat
