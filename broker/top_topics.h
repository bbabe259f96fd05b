#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace parley::broker {

struct Topic;

/// The busiest channels by bytes delivered, kept while messages are published, so that asking for
/// them looks at kSize channels and not at all.
///
/// A channel that delivers more than the least of the list takes its place; while it is in the list
/// nothing is done for it. Channels that end leave the list, and whoever comes next fills the gap.
class TopTopics {
 public:
  static constexpr std::size_t kSize = 100;

  /// After each message of the channel.
  void note(Topic& topic);
  /// The channel ends.
  void forget(Topic& topic);
  /// The busiest first, at most `count` of them.
  std::vector<const Topic*> busiest(std::size_t count) const;

 private:
  void find_least();

  std::array<Topic*, kSize> topics_{};
  std::size_t size_ = 0;
  std::size_t least_ = 0;  // place of the least, if the list is full
};

}  // namespace parley::broker
