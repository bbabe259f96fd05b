#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace parley::chat {

struct StaticFile {
  std::string content;
  std::string type;  // MIME
  std::string etag;  // changes with the content
};

/// The files of the page, read when they are asked for. Only regular files below the root are
/// given, whatever a path or a symbolic link says.
class StaticFiles {
 public:
  static constexpr std::uintmax_t kFileBytesMax = 16 * 1024 * 1024;

  /// Throws std::runtime_error when the folder cannot be read.
  explicit StaticFiles(const std::filesystem::path& root);

  /// `path` is the decoded path of a request, beginning with '/'. A folder means its index.html.
  std::optional<StaticFile> read(std::string_view path) const;
  const std::filesystem::path& root() const { return root_; }

 private:
  std::optional<std::filesystem::path> locate(std::string_view path) const;

  std::filesystem::path root_;
};

}  // namespace parley::chat
