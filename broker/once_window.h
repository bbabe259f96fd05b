#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace parley::broker {

/// The message-ids that XPUBLISH ... ONCE has lately seen in one stream, each with its offset: so
/// a publisher that got no answer can send its message again.
///
/// Bounded in number and age: what is older is forgotten. Owned by its stream.
class OnceWindow {
 public:
  /// Longest message-id.
  static constexpr std::size_t kIdBytesMax = 256;

  std::optional<std::uint64_t> find(std::string_view message_id) const;
  /// Of two offsets for an id the later one counts. At the limit the oldest id makes place.
  void remember(std::string_view message_id, std::uint64_t offset, std::int64_t now_ms,
                std::uint32_t ids_max);
  void forget_before(std::int64_t time_ms);
  void forget_oldest();

  std::size_t size() const { return seen_.size(); }
  /// The offsets of the oldest and the newest; there must be one.
  std::uint64_t oldest() const { return seen_.front().offset; }
  std::uint64_t newest() const { return seen_.back().offset; }

 private:
  struct Seen {
    std::string message_id;
    std::uint64_t offset;
    std::int64_t time_ms;
  };
  std::deque<Seen> seen_;  // oldest first; its elements never move
  boost::unordered_flat_map<std::string_view, std::uint64_t> offsets_;
};

}  // namespace parley::broker
