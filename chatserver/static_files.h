#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "chatserver/accept_encoding.h"

namespace parley::chat {

/// A file of the page, and the codings that it is there in.
struct StaticFile {
  std::filesystem::path path;
  std::string type;             // MIME, of the file itself
  std::vector<Coding> codings;  // the smallest first; the last is identity
};

struct StaticContent {
  std::string bytes;
  std::string etag;  // changes with the content, and is another one for each coding
};

/// The files of the page, read when they are asked for. Only regular files below the root are
/// given, whatever a path or a symbolic link says.
///
/// Beside `app.js` there may be `app.js.br` and `app.js.gz`, the same packed beforehand. One that
/// is empty, unreadable or older than `app.js` is left alone.
class StaticFiles {
 public:
  static constexpr std::uintmax_t kFileBytesMax = 16 * 1024 * 1024;

  /// Throws std::runtime_error when the folder cannot be read.
  explicit StaticFiles(const std::filesystem::path& root);

  /// `path` is the decoded path of a request, beginning with '/'. A folder means its index.html.
  std::optional<StaticFile> find(std::string_view path) const;
  /// Nothing if the file has gone meanwhile.
  std::optional<StaticContent> read(const StaticFile& file, Coding coding) const;
  const std::filesystem::path& root() const { return root_; }

 private:
  bool may_be_given(const std::filesystem::path& file) const;

  std::filesystem::path root_;
};

}  // namespace parley::chat
