#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace parley {

/// What came from one connection and is not parsed yet. While there is nothing unfinished it holds
/// no memory: bytes are parsed where they were read, and only an unfinished rest is kept.
class Input {
 public:
  /// Adds bytes that stay valid until settle().
  void add(std::string_view bytes) {
    if (kept_.empty()) {
      bytes_ = bytes;
    } else {
      kept_.append(bytes);
      bytes_ = std::string_view(kept_).substr(begin_);
    }
  }

  std::string_view bytes() const { return bytes_; }

  void consume(std::size_t n) {
    bytes_.remove_prefix(n);
    if (!kept_.empty()) begin_ += n;
  }

  /// Keeps what was not consumed. To be called before the memory given to add() changes.
  void settle() {
    if (bytes_.empty()) {
      clear();
    } else if (kept_.empty()) {
      kept_.assign(bytes_);
      begin_ = 0;
      bytes_ = kept_;
    } else if (begin_ > 0) {
      kept_.erase(0, begin_);
      begin_ = 0;
      bytes_ = kept_;
    }
  }

  void clear() {
    std::string().swap(kept_);  // an assignment would keep the memory
    begin_ = 0;
    bytes_ = {};
  }

  /// Memory that it holds.
  std::size_t capacity() const { return kept_.capacity(); }

 private:
  std::string kept_;
  std::size_t begin_ = 0;
  std::string_view bytes_;
};

}  // namespace parley
