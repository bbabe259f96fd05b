#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace parley::chat {

/// How the bytes of a file may be packed for the way, the smallest first.
enum class Coding { kBrotli, kGzip, kIdentity };
inline constexpr std::size_t kCodings = 3;

/// What a client takes: the header Accept-Encoding (RFC 9110, section 12.5.3).
///
/// Elements that are malformed count for nothing, of two for the same coding the first counts.
/// Without the header, or with an empty one, a client takes identity alone.
class AcceptEncoding {
 public:
  static constexpr int kWeightMax = 1000;

  explicit AcceptEncoding(std::string_view header = {});

  /// In thousandths, as q=0.5 is 500; 0: the client does not take it.
  int weight(Coding coding) const { return weights_[static_cast<std::size_t>(coding)]; }
  /// The one of `there` that the client likes best, of equals the first; none if it takes none.
  std::optional<Coding> best_of(std::span<const Coding> there) const;

 private:
  std::array<int, kCodings> weights_{};
};

/// Its name in Content-Encoding.
std::string_view coding_name(Coding coding);
/// What the name of a file has at its end if its content is packed so.
std::string_view coding_suffix(Coding coding);

}  // namespace parley::chat
