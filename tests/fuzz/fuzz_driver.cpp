// Runs a fuzz target where there is no libFuzzer: every file of the corpus, then random mutations
// of them until the time or the number of runs is up. It does not know what the target covers, so
// it finds less; it needs nothing but a compiler, and the same seed gives the same inputs.
//
//   resp_request_fuzz corpus/resp_request_fuzz --seconds 60
//   resp_request_fuzz resp_request_fuzz.crash                     one input, once
//
// When the target aborts or hangs, the input is saved as <target>.crash in the current folder.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
// Of the sanitizers' run-time library, if the program is built with one.
extern "C" __attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)());

namespace {

using Clock = std::chrono::steady_clock;
using namespace std::string_view_literals;

constexpr std::size_t kInputBytesMax = 4096;
// An input that takes longer counts as a hang.
constexpr unsigned kHangSeconds = 20;

struct Options {
  std::string crash_file;
  std::vector<std::filesystem::path> paths;
  std::uint64_t seed = std::random_device{}();
  std::uint64_t runs = UINT64_MAX;
  double seconds = 0;  // 0: the corpus only, unless --runs is given
};

// --- the input at hand, saved when the target dies ---

// Written by a signal handler, hence global and plain.
std::string_view current_input;
char crash_file[256];

void say(const char* text) {
  if (::write(STDERR_FILENO, text, std::strlen(text)) < 0) return;
}

void save_current_input() {
  const int file = ::open(crash_file, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (file < 0) return;
  if (::write(file, current_input.data(), current_input.size()) >= 0) {
    say("\nThe input is saved as ");
    say(crash_file);
    say("\n");
  }
  ::close(file);
}

void die(int signal) {
  say(signal == SIGALRM ? "\nThe target hangs." : "\nThe target died.");
  save_current_input();
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

void watch(const std::string& name) {
  std::snprintf(crash_file, sizeof crash_file, "%s", name.c_str());
  for (const int signal : {SIGABRT, SIGALRM}) std::signal(signal, die);
  if (__sanitizer_set_death_callback) {
    __sanitizer_set_death_callback(save_current_input);
  } else {
    for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL}) std::signal(signal, die);
  }
}

// A copy of exactly the right size, so that a sanitizer sees a read beyond the end.
void run(std::string_view input) {
  const std::vector<std::uint8_t> bytes(input.begin(), input.end());
  current_input = input;
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  current_input = {};
}

// --- mutations ---

// What our languages are made of, and numbers at the borders.
constexpr std::string_view kTokens[] = {
    "gzip",
    "br",
    ";q=0.",
    ", W/\"",
    "\r\n",
    "\r",
    "\n",
    "*",
    "$",
    "*1\r\n",
    "*2\r\n",
    "$0\r\n\r\n",
    "$1\r\n",
    "$-1\r\n",
    "*-1\r\n",
    ">2\r\n",
    "%1\r\n",
    "=4\r\n",
    "_\r\n",
    ":1\r\n",
    "\"",
    "'",
    "\\x41",
    "\\",
    "?",
    "[",
    "]",
    "^",
    "-",
    "a-z",
    "**",
    "\xff",
    "\0"sv,
    "0",
    "-1",
    "10",
    "11",
    "16384",
    "16385",
    "65536",
    "65537",
    "536870912",
    "536870913",
    "2147483647",
    "2147483648",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
};

class Mutator {
 public:
  Mutator(const std::vector<std::string>& corpus, std::uint64_t seed)
      : corpus_(corpus), random_(seed) {}

  std::string next() {
    std::string input = pick();
    for (std::size_t n = 1 + below(6); n > 0; --n) change(input);
    if (input.size() > kInputBytesMax) input.resize(kInputBytesMax);
    return input;
  }

 private:
  std::size_t below(std::size_t limit) { return random_() % limit; }
  std::size_t place(const std::string& input) { return below(input.size() + 1); }
  const std::string& pick() { return corpus_[below(corpus_.size())]; }

  void change(std::string& input) {
    const std::size_t at = place(input);
    switch (below(8)) {
      case 0:
        input.insert(at, kTokens[below(std::size(kTokens))]);
        return;
      case 1:
        input.insert(at, 1 + below(4), static_cast<char>(random_()));
        return;
      case 2:
        input.erase(at, 1 + below(8));
        return;
      case 3:
        input.erase(at, below(input.size() + 1));
        return;
      case 4:
        input.insert(at, input.substr(place(input), below(64)));
        return;
      case 5:
        splice(input, at);
        return;
      case 6:
        if (at < input.size()) input[at] = static_cast<char>(input[at] ^ (1 << below(8)));
        return;
      default:
        if (at < input.size()) input[at] = static_cast<char>(random_());
    }
  }

  // The beginning of this one and the end of another.
  void splice(std::string& input, std::size_t at) {
    const std::string& other = pick();
    input.resize(at);
    input += other.substr(place(other));
  }

  const std::vector<std::string>& corpus_;
  std::mt19937_64 random_;
};

// --- the command line ---

[[noreturn]] void refuse(const std::string& text) {
  std::fprintf(stderr, "%s\nusage: <target> [--seed N] [--runs N] [--seconds S] FOLDER|FILE...\n",
               text.c_str());
  std::exit(2);
}

Options read_options(int argc, char** argv) {
  Options options;
  options.crash_file = std::filesystem::path(argv[0]).filename().string() + ".crash";
  for (int i = 1; i < argc; ++i) {
    const std::string_view arg = argv[i];
    if (!arg.starts_with("--")) {
      options.paths.emplace_back(arg);
      continue;
    }
    if (i + 1 == argc) refuse(std::string(arg) + " needs a value");
    const char* const value = argv[++i];
    if (arg == "--seed") {
      options.seed = std::strtoull(value, nullptr, 10);
    } else if (arg == "--runs") {
      options.runs = std::strtoull(value, nullptr, 10);
    } else if (arg == "--seconds") {
      options.seconds = std::strtod(value, nullptr);
    } else {
      refuse("there is no option " + std::string(arg));
    }
  }
  return options;
}

// In the order of their names, so that a seed means the same everywhere.
std::vector<std::string> read_corpus(const std::vector<std::filesystem::path>& paths) {
  std::vector<std::filesystem::path> files;
  for (const auto& path : paths) {
    if (!std::filesystem::exists(path)) refuse("there is no " + path.string());
    if (!std::filesystem::is_directory(path)) {
      files.push_back(path);
      continue;
    }
    for (const auto& entry : std::filesystem::directory_iterator(path)) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  std::vector<std::string> corpus;
  for (const auto& file : files) {
    std::ifstream stream(file, std::ios::binary);
    corpus.emplace_back(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
  }
  return corpus;
}

std::uint64_t run_mutations(const std::vector<std::string>& corpus, const Options& options) {
  const bool timed = options.seconds > 0;
  if (!timed && options.runs == UINT64_MAX) return 0;
  const auto end = Clock::now() + std::chrono::duration<double>(timed ? options.seconds : 1e9);
  Mutator mutator(corpus, options.seed);
  std::uint64_t done = 0;
  while (done < options.runs && Clock::now() < end) {
    if (done % 256 == 0) ::alarm(kHangSeconds);
    run(mutator.next());
    ++done;
  }
  return done;
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = read_options(argc, argv);
  std::vector<std::string> corpus = read_corpus(options.paths);
  if (corpus.empty()) corpus.emplace_back();
  std::printf("%zu inputs of the corpus, then mutations with --seed %llu\n", corpus.size(),
              static_cast<unsigned long long>(options.seed));
  std::fflush(stdout);
  watch(options.crash_file);
  ::alarm(kHangSeconds);
  for (const std::string& input : corpus) run(input);
  const std::uint64_t done = run_mutations(corpus, options);
  std::printf("%llu mutations: all well\n", static_cast<unsigned long long>(done));
  return 0;
}
