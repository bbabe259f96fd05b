// What a match costs, by shape and number of patterns, none of which matches unless the name of the
// benchmark says so; what insert and erase cost; how many bytes a pattern takes.
#include "broker/pattern_trie.h"

#include <benchmark/benchmark.h>
#include <malloc.h>

#include <algorithm>
#include <cstddef>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace parley::broker {
namespace {

// `#` stands for the number of the pattern.
constexpr std::string_view kShapes[] = {
    "user.#.*", "*.#.log", "a*#*b", "[ab]x?#", "*.#.*", "*#*", "a*#*b*c", "?#*", "room.*.user.#.*",
};
// Nothing in common; a head or a tail in common with one of the shapes; as near as can be.
constexpr std::string_view kChannels[] = {
    "news", "chat.room.17", "user.100000.x", "web.100000.log", "a100000c", "bx7100000",
};

std::string numbered(std::string_view shape, std::size_t number) {
  std::string text(shape);
  return text.replace(text.find('#'), 1, std::to_string(number));
}

// The trie never looks into a Pattern, so any address will do for one.
Pattern* as_pattern(const std::string& text) {
  return reinterpret_cast<Pattern*>(const_cast<std::string*>(&text));
}

std::vector<std::string> texts_of(std::string_view shape, std::size_t count) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < count; ++i) texts.push_back(numbered(shape, i));
  std::shuffle(texts.begin(), texts.end(), std::mt19937(1));
  return texts;
}

void fill(PatternTrie& trie, const std::vector<std::string>& texts) {
  for (const std::string& text : texts) trie.insert(text, as_pattern(text));
}

void run_matches(benchmark::State& state, PatternTrie& trie, std::string_view channel) {
  Matches matches;
  for (auto _ : state) {
    matches.clear();
    benchmark::DoNotOptimize(trie.match(channel, matches));
    benchmark::DoNotOptimize(matches.data());
  }
  state.counters["matches"] = static_cast<double>(matches.size());
  state.counters["patterns"] = static_cast<double>(trie.size());
}

void match_shape(benchmark::State& state, std::string_view shape, std::string_view channel) {
  PatternTrie trie;
  const auto texts = texts_of(shape, static_cast<std::size_t>(state.range(0)));
  fill(trie, texts);
  run_matches(state, trie, channel);
}

void match_all_shapes(benchmark::State& state, std::string_view channel) {
  PatternTrie trie;
  std::vector<std::string> texts;
  for (const std::string_view shape : kShapes) {
    for (auto& text : texts_of(shape, static_cast<std::size_t>(state.range(0)))) {
      texts.push_back(std::move(text));
    }
  }
  fill(trie, texts);
  run_matches(state, trie, channel);
}

void match_hostile(benchmark::State& state, std::string_view pattern, std::size_t name_bytes) {
  PatternTrie trie;
  const std::string text(pattern);
  trie.insert(text, as_pattern(text));
  run_matches(state, trie, std::string(name_bytes, 'a'));
  state.counters["steps_max"] = static_cast<double>(trie.steps_max());
}

// As many patterns as the limit admits, each of which stays alive to the end of the name.
void match_worst_admitted(benchmark::State& state, std::string_view rest) {
  PatternTrie trie;
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < 20'000; ++i) {
    std::string text;
    for (std::size_t bit = 0; bit < 15; ++bit) text += (i >> bit & 1) != 0 ? "*[ab]" : "*[ac]";
    texts.push_back(text.append(rest));
  }
  std::shuffle(texts.begin(), texts.end(), std::mt19937(1));
  fill(trie, texts);
  run_matches(state, trie, std::string(kCostNameBytes, 'a'));
  state.counters["steps_max"] = static_cast<double>(trie.steps_max());
}

// Patterns that all match: every byte of the name either itself or `?`.
void match_all_match(benchmark::State& state) {
  PatternTrie trie;
  constexpr std::string_view channel = "chat.room.1717";
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < 10'000; ++i) {
    std::string text(channel);
    for (std::size_t bit = 0; bit < text.size(); ++bit) {
      if ((i >> bit & 1) != 0) text[bit] = '?';
    }
    texts.push_back(text);
  }
  fill(trie, texts);
  run_matches(state, trie, channel);
}

void insert_and_erase(benchmark::State& state, std::string_view shape) {
  const auto texts = texts_of(shape, 100'000);
  PatternTrie trie;
  fill(trie, texts);
  std::size_t i = 0;
  for (auto _ : state) {
    trie.erase(texts[i], as_pattern(texts[i]));
    trie.insert(texts[i], as_pattern(texts[i]));
    i = i + 1 == texts.size() ? 0 : i + 1;
  }
}

// Patterns that change before every match, so that nothing could be remembered.
void match_while_patterns_change(benchmark::State& state, std::string_view shape) {
  const auto texts = texts_of(shape, 100'000);
  PatternTrie trie;
  fill(trie, texts);
  Matches matches;
  std::size_t i = 0;
  for (auto _ : state) {
    trie.erase(texts[i], as_pattern(texts[i]));
    benchmark::DoNotOptimize(trie.match("chat.room.17", matches));
    trie.insert(texts[i], as_pattern(texts[i]));
    i = i + 1 == texts.size() ? 0 : i + 1;
    matches.clear();
  }
}

void fill_and_empty(benchmark::State& state, std::string_view shape) {
  const auto texts = texts_of(shape, 100'000);
  PatternTrie trie;
  double bytes = 0;
  for (auto _ : state) {
    const auto before = mallinfo2().uordblks;
    fill(trie, texts);
    bytes = static_cast<double>(mallinfo2().uordblks - before);
    for (const std::string& text : texts) trie.erase(text, as_pattern(text));
  }
  state.counters["bytes/pattern"] = bytes / static_cast<double>(texts.size());
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(texts.size()));
}

void register_all() {
  using benchmark::RegisterBenchmark;
  const auto name = [](auto... parts) { return (... + (std::string(parts) + "/")); };
  for (const std::string_view channel : kChannels) {
    RegisterBenchmark(name("match", "none", channel).c_str(), match_shape, kShapes[0], channel)
        ->Arg(0);
    for (const std::string_view shape : kShapes) {
      RegisterBenchmark(name("match", shape, channel).c_str(), match_shape, shape, channel)
          ->Arg(1'000)
          ->Arg(100'000);
    }
    RegisterBenchmark(name("match", "all shapes", channel).c_str(), match_all_shapes, channel)
        ->Arg(100'000);
  }
  for (const std::string_view pattern :
       {"*a*a*a*a*b", "*a*a*a*a*b*c", "*?*?*?*?*b", "*[ab]*[ac]*d"})
    for (const std::size_t bytes : {12U, 64U, 1024U})
      RegisterBenchmark(name("hostile", pattern, std::to_string(bytes)).c_str(), match_hostile,
                        pattern, bytes);
  RegisterBenchmark("hostile/worst admitted, tails", match_worst_admitted, "*b");
  RegisterBenchmark("hostile/worst admitted, middles", match_worst_admitted, "*b*b");
  RegisterBenchmark("match/10000 that all match", match_all_match);
  for (const std::string_view shape : kShapes) {
    RegisterBenchmark(name("erase+insert", shape).c_str(), insert_and_erase, shape);
    RegisterBenchmark(name("erase+match+insert", shape).c_str(), match_while_patterns_change,
                      shape);
    RegisterBenchmark(name("fill+empty", shape).c_str(), fill_and_empty, shape);
  }
}

}  // namespace
}  // namespace parley::broker

int main(int argc, char** argv) {
  parley::broker::register_all();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
