// What a glob matches and what not, one topic a line. Read off a Redis server; the single matcher
// and the pattern trie must both agree with it.
#pragma once

#include <string_view>

namespace parley::broker {

struct GlobRow {
  std::string_view pattern;
  std::string_view channel;
};

inline constexpr GlobRow kGlobMatches[] = {
    // empty
    {"", ""},
    // literal
    {"news", "news"},
    {"a-z", "a-z"},
    {"a]", "a]"},
    {"]", "]"},
    {"{a,b}", "{a,b}"},
    // star
    {"*", "a"},
    {"*", "a/b.c d"},
    {"***", "abc"},
    {"a*", "a"},
    {"a**", "a"},
    {"*a", "a"},
    {"*a*", "a"},
    {"a*b", "ab"},
    {"a*b", "a*b"},
    {"a*b", "aXbXb"},
    {"*b*d", "abcd"},
    {"*.*", "."},
    // question mark
    {"?", "a"},
    {"??", "é"},
    {"*?", "a"},
    {"?*", "a"},
    {"*?*", "a"},
    // class
    {"h[ae]llo", "hello"},
    {"h[^e]llo", "hallo"},
    {"h[!e]llo", "h!llo"},
    {"h[!e]llo", "hello"},
    {"[a^]", "^"},
    {"[^^]", "a"},
    {"[*]", "*"},
    {"[?]", "?"},
    {"[[]", "["},
    // range
    {"h[a-c]llo", "hbllo"},
    {"h[c-a]llo", "hbllo"},
    {"[a-c-e]", "-"},
    {"[a-c-e]", "e"},
    {"[-a]", "-"},
    {"[a-a]", "a"},
    {"[--a]", "A"},
    // [a-] is a range from ] (5D) to a (61), unterminated
    {"[a-]", "a"},
    {"[a-]", "]"},
    {"[a-]", "^"},
    {"[a-]x", "a"},
    {"[a-]x", "x"},
    {"[a-]x]", "x"},
    // empty class
    {"[^]", "a"},
    {"[^]", "]"},
    {"[^]abc]", "xabc]"},
    // unterminated class
    {"[abc", "c"},
    {"x[abc", "xa"},
    {"*[abc", "xxc"},
    {"[a-", "a"},
    {"[a-", "-"},
    {"[^", "a"},
    {"[^", "^"},
    {"[^abc", "d"},
    {"*[^", "a"},
    {"[abc*", "*"},
    // escape in class
    {"[\\]]", "]"},
    {"[\\]a]", "a"},
    {"[\\a-c]", "-"},
    {"[\\a-c]", "c"},
    {"[\\-a]", "-"},
    {"[\\^a]", "^"},
    {"[\\\\]", "\\"},
    {"[\\", "\\"},
    {"[a\\", "\\"},
    {"[a-\\]]", "\\]"},
    {"[a-\\]]", "a]"},
    // escape outside
    {"\\*", "*"},
    {"a\\?", "a?"},
    {"\\[a]", "[a]"},
    {"\\a", "a"},
    {"\\\\", "\\"},
    {"\\", "\\"},
    {"a\\", "a\\"},
    {"*\\", "x\\"},
    {"*\\*", "ab*"},
    {"\\**", "*x"},
    // NUL is a byte like any other
    {{"a*", 2}, {"a\0b", 3}},
    {{"a\0b", 3}, {"a\0b", 3}},
    {{"[\0]", 3}, {"\0", 1}},
    {{"?", 1}, {"\0", 1}},
    // bytes from 0x80 on, unsigned in ranges
    {"[a-\xff]", "a"},
    {"[a-\xff]", "b"},
    {"[a-\xff]", "\x80"},
    {"[a-\xff]", "\xff"},
    {"[\xff-a]", "b"},
    {"[\x80-\xff]", "\x90"},
    {"[\xe9]", "\xe9"},
    {{"[\0-\xff]", 5}, "A"},
    {{"[\0-\xff]", 5}, "\xff"},
};

inline constexpr GlobRow kGlobMismatches[] = {
    // empty
    {"*", ""},
    {"**", ""},
    {"?", ""},
    {"*?*", ""},
    {"[^]", ""},
    {"", "a"},
    // literal
    {"news", "News"},
    {"news", "newsx"},
    {"newsx", "news"},
    {"{a,b}", "a"},
    // star
    {"a*b", "aXbX"},
    {"*.*", "a"},
    {"a*b", "b"},
    // question mark
    {"?", "ab"},
    {"?", "é"},
    {"a?", "a"},
    {"a?*", "a"},
    // class
    {"h[ae]llo", "hillo"},
    {"h[^e]llo", "hello"},
    {"h[!e]llo", "hallo"},
    {"[^^]", "^"},
    {"[*]", "a"},
    // range
    {"h[a-c]llo", "hdllo"},
    {"[a-c-e]", "d"},
    {"[--a]", ","},
    // [a-] is a range from ] (5D) to a (61), unterminated
    {"[a-]", "-"},
    {"[a-]", "b"},
    {"[a-]x", "ax"},
    // empty class
    {"[]", "a"},
    {"[]abc]", "a"},
    {"[]abc]", "]"},
    {"a[]", "a"},
    {"[^]abc]", "x"},
    // unterminated class
    {"[abc", "d"},
    {"[a-", "b"},
    {"[", "["},
    {"[", "a"},
    {"*[", "a"},
    {"[^", "ab"},
    {"[^abc", "a"},
    {"[abc*", "ax"},
    // escape in class
    {"[\\a-c]", "b"},
    {"[^\\^]", "^"},
    {"[a-\\]]", "a"},
    {"[a-\\]]", "]"},
    // escape outside
    {"\\*", "a"},
    {"\\*", "\\*"},
    {"a\\", "a"},
    // NUL
    {{"a\0b", 3}, {"a\0c", 3}},
    {{"a\0b", 3}, "a"},
    {{"[^\0]", 4}, {"\0", 1}},
    // bytes from 0x80 on
    {"[a-\xff]", "A"},
    {"[a-\xff]", "\x01"},
    {"[\x80-\xff]", "a"},
    {"[\xce\xb1-\xcf\x89]", "\xce\xb2"},
};

}  // namespace parley::broker
