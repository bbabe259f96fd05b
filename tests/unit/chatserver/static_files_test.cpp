#include "chatserver/static_files.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

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
  }
  ~Site() { fs::remove_all(top); }

  static void write(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }
};

TEST(StaticFiles, GivesFilesWithTheirTypes) {
  const Site site;
  const StaticFiles files(site.root);
  EXPECT_EQ(files.read("/")->content, "<p>page</p>");
  EXPECT_EQ(files.read("/")->type, "text/html; charset=utf-8");
  EXPECT_EQ(files.read("/sub/a.js")->type, "text/javascript; charset=utf-8");
}

TEST(StaticFiles, NothingOutsideTheRootIsGiven) {
  const Site site;
  const StaticFiles files(site.root);
  for (const char* path : {"/../secret", "/sub/../../secret", "/link", "//etc/passwd", "/sub",
                           "/missing", "", "index.html", "/.."}) {
    EXPECT_FALSE(files.read(path)) << path;
  }
  EXPECT_FALSE(files.read(std::string_view("/index.html\0.js", 15)));
}

TEST(StaticFiles, TheETagChangesWithTheContent) {
  const Site site;
  const StaticFiles files(site.root);
  const std::string before = files.read("/")->etag;
  EXPECT_EQ(files.read("/")->etag, before);
  Site::write(site.root / "index.html", "<p>other</p>");
  EXPECT_NE(files.read("/")->etag, before);
}

TEST(StaticFiles, AMissingFolderIsSaid) {
  EXPECT_THROW(StaticFiles("/nonexistent/www"), std::runtime_error);
}

}  // namespace
}  // namespace parley::chat
