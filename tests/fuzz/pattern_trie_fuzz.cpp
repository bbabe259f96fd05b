// The pattern trie against the single matcher, patterns coming and going. Input: commands, each a
// byte, the length of a text, and the text: insert that pattern, erase the pattern of that slot, or
// match that channel.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "broker/glob.h"
#include "broker/pattern_trie.h"

using parley::broker::Matches;
using parley::broker::Pattern;
using parley::broker::PatternLimits;
using parley::broker::PatternTrie;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

class Session {
 public:
  void run(std::string_view input) {
    while (input.size() >= 2) {
      const auto command = static_cast<unsigned char>(input[0]);
      const std::size_t length = static_cast<unsigned char>(input[1]);
      const std::string_view text = input.substr(2, length);
      input.remove_prefix(2 + text.size());
      if (command % 4 == 0) {
        match(text);
      } else {
        toggle(slots_[command / 4 % slots_.size()], text);
      }
    }
    for (Slot& slot : slots_) {
      if (slot.used) toggle(slot, {});
    }
    require(trie_.size() == 0 && trie_.steps_max() == 0);
  }

 private:
  struct Slot {
    std::string text;
    bool used = false;
  };

  void toggle(Slot& slot, std::string_view text) {
    // The trie never looks into a Pattern, so any address will do for one.
    Pattern* const pattern = reinterpret_cast<Pattern*>(&slot);
    if (slot.used) {
      require(trie_.erase(slot.text, pattern));
      slot.used = false;
    } else {
      slot.text = text;
      slot.used = trie_.insert(slot.text, pattern) == PatternTrie::Inserted::kYes;
    }
  }

  void match(std::string_view channel) {
    found_.clear();
    const bool whole = trie_.match(channel, found_);
    if (channel.size() <= parley::broker::kCostNameBytes) {
      require(whole && trie_.last_steps() <= trie_.steps_max());
    }
    if (!whole) return require(found_.empty());
    for (Slot& slot : slots_) {
      std::size_t times = 0;
      for (Pattern* const pattern : found_) times += pattern == reinterpret_cast<Pattern*>(&slot);
      const bool expected = slot.used && parley::broker::glob_match(slot.text, channel);
      require(times == (expected ? 1 : 0));
    }
  }

  PatternTrie trie_{PatternLimits{.pattern_bytes_max = 200, .match_steps_max = 20'000}};
  std::array<Slot, 40> slots_;
  Matches found_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Session().run({reinterpret_cast<const char*>(data), size});
  return 0;
}
