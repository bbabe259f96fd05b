#include "chatserver/static_files.h"

#include <algorithm>
#include <array>
#include <chrono>
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
    MimeType{".gz", "application/gzip"},
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
std::string etag_of(std::string_view content, Coding coding) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : content) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  std::ostringstream text;
  text << '"' << std::hex << hash << '-' << content.size();
  if (coding != Coding::kIdentity) text << '-' << coding_name(coding);
  text << '"';
  return text.str();
}

bool is_inside(const fs::path& path, const fs::path& root) {
  const auto [end, unused] = std::mismatch(root.begin(), root.end(), path.begin(), path.end());
  return end == root.end();
}

fs::path packed(fs::path file, Coding coding) {
  return file += coding_suffix(coding);
}

// Unpacked it would be an earlier version. Tools that give it the time of its original may drop
// what is less than a second.
bool is_older(const fs::path& file, const fs::path& original) {
  using std::chrono::floor, std::chrono::seconds;
  std::error_code error;
  const auto time = fs::last_write_time(file, error);
  if (error) return true;
  const auto original_time = fs::last_write_time(original, error);
  if (error) return true;
  const bool in_seconds = floor<seconds>(time) == time;
  return in_seconds ? time < floor<seconds>(original_time) : time < original_time;
}

bool is_readable(const fs::path& file) {
  return std::ifstream(file).good();
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

bool StaticFiles::may_be_given(const fs::path& file) const {
  std::error_code error;
  const fs::path real = fs::canonical(file, error);
  return !error && is_inside(real, root_) && fs::is_regular_file(real, error) &&
         fs::file_size(real, error) <= kFileBytesMax;
}

std::optional<StaticFile> StaticFiles::find(std::string_view path) const {
  if (!path.starts_with('/') || path.find('\0') != std::string_view::npos) return std::nullopt;
  std::error_code error;
  fs::path file = fs::canonical(root_ / fs::path(path.substr(1)), error);
  if (error || !is_inside(file, root_)) return std::nullopt;
  if (fs::is_directory(file, error)) file /= "index.html";
  if (!may_be_given(file)) return std::nullopt;
  std::vector<Coding> codings;
  for (const Coding coding : {Coding::kBrotli, Coding::kGzip}) {
    const fs::path other = packed(file, coding);
    const bool usable = may_be_given(other) && !fs::is_empty(other, error) &&
                        !is_older(other, file) && is_readable(other);
    if (usable) codings.push_back(coding);
  }
  codings.push_back(Coding::kIdentity);
  return StaticFile{file, type_of(file), std::move(codings)};
}

std::optional<StaticContent> StaticFiles::read(const StaticFile& file, Coding coding) const {
  std::ifstream stream(packed(file.path, coding), std::ios::binary);
  if (!stream) return std::nullopt;
  std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  std::string etag = etag_of(bytes, coding);
  return StaticContent{std::move(bytes), std::move(etag)};
}

}  // namespace parley::chat
