#include "chatserver/static_files.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <vector>

namespace parley::chat {
namespace {

namespace fs = std::filesystem;

// A folder with a page, and a secret beside it.
struct Site {
  fs::path top = fs::temp_directory_path() / ("parley-site-" + std::to_string(::getpid()));
  fs::path root = top / "www";

  Site() {
    fs::create_directories(root / "sub");
    write(root / "index.html", "<p>page</p>");
    write(root / "sub" / "a.js", "let a;");
    write(top / "secret", "secret");
    fs::create_symlink(top / "secret", root / "link");
    fs::create_directory_symlink(top, root / "outside");
  }
  ~Site() { fs::remove_all(top); }

  static void write(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }
};

std::string content(const StaticFiles& files, std::string_view path,
                    Coding coding = Coding::kIdentity) {
  const auto file = files.find(path);
  return file ? files.read(*file, coding)->bytes : "nothing";
}

using Codings = std::vector<Coding>;

TEST(StaticFiles, GivesFilesWithTheirTypes) {
  const Site site;
  const StaticFiles files(site.root);
  EXPECT_EQ(content(files, "/"), "<p>page</p>");
  EXPECT_EQ(files.find("/")->type, "text/html; charset=utf-8");
  EXPECT_EQ(files.find("/sub/a.js")->type, "text/javascript; charset=utf-8");
}

TEST(StaticFiles, NothingOutsideTheRootIsGiven) {
  const Site site;
  const StaticFiles files(site.root);
  for (const char* path : {"/../secret", "/sub/../../secret", "/link", "//etc/passwd", "/sub",
                           "/missing", "", "index.html", "/..", "/outside", "/outside/secret"}) {
    EXPECT_FALSE(files.find(path)) << path;
  }
  EXPECT_FALSE(files.find(std::string_view("/index.html\0.js", 15)));
}

TEST(StaticFiles, TheETagChangesWithTheContentAndTheCoding) {
  const Site site;
  Site::write(site.root / "index.html.gz", "<p>page</p>");
  const StaticFiles files(site.root);
  const auto file = files.find("/");
  const std::string before = files.read(*file, Coding::kIdentity)->etag;
  EXPECT_EQ(files.read(*file, Coding::kIdentity)->etag, before);
  EXPECT_NE(files.read(*file, Coding::kGzip)->etag, before);
  Site::write(site.root / "index.html", "<p>other</p>");
  EXPECT_NE(files.read(*file, Coding::kIdentity)->etag, before);
}

TEST(StaticFiles, KnowsTheCodingsOfAFile) {
  const Site site;
  const StaticFiles files(site.root);
  EXPECT_EQ(files.find("/sub/a.js")->codings, Codings{Coding::kIdentity});
  Site::write(site.root / "sub" / "a.js.gz", "gz");
  Site::write(site.root / "sub" / "a.js.br", "br");
  EXPECT_EQ(files.find("/sub/a.js")->codings,
            (Codings{Coding::kBrotli, Coding::kGzip, Coding::kIdentity}));
  EXPECT_EQ(files.find("/sub/a.js")->type, "text/javascript; charset=utf-8");
  EXPECT_EQ(content(files, "/sub/a.js", Coding::kBrotli), "br");
  EXPECT_EQ(files.find("/sub/a.js.gz")->codings, Codings{Coding::kIdentity});
}

TEST(StaticFiles, APackedFileThatIsOlderOrEmptyIsLeftAlone) {
  const Site site;
  const fs::path original = site.root / "index.html";
  const fs::path packed = site.root / "index.html.gz";
  const StaticFiles files(site.root);
  Site::write(packed, "gz");
  const auto time = fs::last_write_time(original);
  fs::last_write_time(packed, time);
  EXPECT_EQ(files.find("/")->codings.size(), 2u) << "as old as its original";
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  fs::last_write_time(original, second + std::chrono::nanoseconds(500));
  fs::last_write_time(packed, second);
  EXPECT_EQ(files.find("/")->codings.size(), 2u) << "as old, to the second";
  fs::last_write_time(packed, second + std::chrono::nanoseconds(499));
  EXPECT_EQ(files.find("/")->codings, Codings{Coding::kIdentity});
  fs::last_write_time(packed, second - std::chrono::seconds(1));
  EXPECT_EQ(files.find("/")->codings, Codings{Coding::kIdentity});
  Site::write(packed, "");
  EXPECT_EQ(files.find("/")->codings, Codings{Coding::kIdentity});
}

TEST(StaticFiles, APackedFileIsNotLookedForElsewhere) {
  const Site site;
  const StaticFiles files(site.root);
  fs::create_symlink(site.top / "secret", site.root / "index.html.br");
  fs::create_directory(site.root / "index.html.gz");
  EXPECT_EQ(files.find("/")->codings, Codings{Coding::kIdentity});
  Site::write(site.root / "sub" / "b.js.gz", "an original is missing");
  EXPECT_FALSE(files.find("/sub/b.js"));
}

TEST(StaticFiles, AMissingFolderIsSaid) {
  EXPECT_THROW(StaticFiles("/nonexistent/www"), std::runtime_error);
}

}  // namespace
}  // namespace parley::chat
