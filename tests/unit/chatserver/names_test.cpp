#include "chatserver/names.h"

#include <gtest/gtest.h>

#include <string>

namespace parley::chat {
namespace {

TEST(RoomName, TakesLettersAndDigitsOfAnyScript) {
  for (const char* name :
       {"lobby", "tea-room_2.0", "café", "чат", "部屋", "غرفة", "typing:lobby", "a"}) {
    EXPECT_EQ(room_name_error(name), "") << name;
  }
}

TEST(RoomName, RefusesWhatIsNoLetterDigitOrMark) {
  for (const char* name :
       {"", "a b", "a/b", "a\"b", "a\nb", "<b>", "*", ":a", "a:", "a:b:c", "🎉"}) {
    EXPECT_NE(room_name_error(name), "") << name;
  }
}

TEST(RoomName, HasAtMost64Characters) {
  std::string characters;
  for (int i = 0; i < 64; ++i) characters += "é";
  EXPECT_EQ(room_name_error(characters), "");
  EXPECT_NE(room_name_error(characters + "x"), "");
}

TEST(RoomName, RefusesBrokenUtf8) {
  for (const char* name : {"\xff", "a\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80"}) {
    EXPECT_NE(room_name_error(name), "") << name;
  }
}

TEST(PersonName, TakesWhatPeopleAreCalled) {
  for (const char* name : {"Ada", "Ada Lovelace", "José", "李小龍", "O'Neil-2", "🎉 Party",
                           "\xe2\x9d\xa4\xef\xb8\x8f"}) {
    EXPECT_EQ(person_name_error(name), "") << name;
  }
}

TEST(PersonName, RefusesLookAlikesAndTricks) {
  const char* names[] = {"",
                         " Ada",
                         "Ada ",
                         "A  B",
                         "A\tB",
                         "A\nB",
                         "Ada\xe2\x80\xae",  // right-to-left override
                         "A\xc2\xa0"
                         "B",  // no-break space
                         "A\xe2\x80\x8b"
                         "B",  // zero-width space
                         "A\xe3\x80\x80"
                         "B",                // ideographic space
                         "Ada\xef\xb8\x8f",  // a variation selector
                         "\xff"};
  for (const char* name : names) EXPECT_NE(person_name_error(name), "") << name;
}

TEST(PersonName, HasAtMost32Characters) {
  EXPECT_EQ(person_name_error(std::string(32, 'a')), "");
  EXPECT_NE(person_name_error(std::string(33, 'a')), "");
}

}  // namespace
}  // namespace parley::chat
