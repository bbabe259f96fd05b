#include "chatserver/static_files.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace parley::chat {

namespace fs = std::filesystem;

namespace {

struct MimeType {
  std::string_view extension;
  std::string_view type;
};

constexpr std::array kMimeTypes{
    MimeType{".css", "text/css; charset=utf-8"},
    MimeType{".html", "text/html; charset=utf-8"},
    MimeType{".ico", "image/x-icon"},
    MimeType{".js", "text/javascript; charset=utf-8"},
    MimeType{".json", "application/json"},
    MimeType{".mjs", "text/javascript; charset=utf-8"},
    MimeType{".png", "image/png"},
    MimeType{".svg", "image/svg+xml"},
    MimeType{".txt", "text/plain; charset=utf-8"},
    MimeType{".webmanifest", "application/manifest+json"},
    MimeType{".woff2", "font/woff2"},
};

std::string type_of(const fs::path& path) {
  const std::string extension = path.extension().string();
  for (const MimeType& entry : kMimeTypes) {
    if (entry.extension == extension) return std::string(entry.type);
  }
  return "application/octet-stream";
}

// FNV-1a: not against forgery, only to see that something changed.
std::string etag_of(std::string_view content) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : content) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  std::ostringstream text;
  text << '"' << std::hex << hash << '-' << content.size() << '"';
  return text.str();
}

bool is_inside(const fs::path& path, const fs::path& root) {
  const auto [end, unused] = std::mismatch(root.begin(), root.end(), path.begin(), path.end());
  return end == root.end();
}

}  // namespace

StaticFiles::StaticFiles(const fs::path& root) {
  std::error_code error;
  root_ = fs::canonical(root, error);
  if (error || !fs::is_directory(root_)) {
    throw std::runtime_error("--www " + root.string() +
                             ": there is no such folder; give the one that holds index.html");
  }
  if (!fs::is_regular_file(root_ / "index.html")) {
    throw std::runtime_error("--www " + root_.string() + ": it holds no index.html");
  }
}

std::optional<fs::path> StaticFiles::locate(std::string_view path) const {
  if (!path.starts_with('/') || path.find('\0') != std::string_view::npos) return std::nullopt;
  std::error_code error;
  fs::path file = fs::canonical(root_ / fs::path(path.substr(1)), error);
  if (error || !is_inside(file, root_)) return std::nullopt;
  if (fs::is_directory(file, error)) file /= "index.html";
  if (!fs::is_regular_file(file, error) || fs::file_size(file, error) > kFileBytesMax) {
    return std::nullopt;
  }
  return file;
}

std::optional<StaticFile> StaticFiles::read(std::string_view path) const {
  const auto file = locate(path);
  if (!file) return std::nullopt;
  std::ifstream stream(*file, std::ios::binary);
  if (!stream) return std::nullopt;
  std::string content{std::istreambuf_iterator<char>(stream), {}};
  std::string etag = etag_of(content);
  return StaticFile{std::move(content), type_of(*file), std::move(etag)};
}

}  // namespace parley::chat
