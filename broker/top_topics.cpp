#include "broker/top_topics.h"

#include <algorithm>

#include "broker/topics.h"

namespace parley::broker {

void TopTopics::note(Topic& topic) {
  if (topic.place_in_top != Topic::kNotInTop) return;
  if (size_ < kSize) {
    topic.place_in_top = static_cast<std::uint8_t>(size_);
    topics_[size_++] = &topic;
    if (size_ == kSize) find_least();
    return;
  }
  // What the least was when it was found is a lower bound of what it is now.
  if (topic.bytes_delivered <= topics_[least_]->bytes_delivered) return;
  topics_[least_]->place_in_top = Topic::kNotInTop;
  topics_[least_] = &topic;
  topic.place_in_top = static_cast<std::uint8_t>(least_);
  find_least();
}

void TopTopics::forget(Topic& topic) {
  if (topic.place_in_top == Topic::kNotInTop) return;
  Topic* last = topics_[--size_];
  topics_[topic.place_in_top] = last;
  last->place_in_top = topic.place_in_top;
  topic.place_in_top = Topic::kNotInTop;
}

std::vector<const Topic*> TopTopics::busiest(std::size_t count) const {
  std::vector<const Topic*> sorted(topics_.begin(),
                                   topics_.begin() + static_cast<std::ptrdiff_t>(size_));
  std::sort(sorted.begin(), sorted.end(),
            [](const Topic* a, const Topic* b) { return a->bytes_delivered > b->bytes_delivered; });
  sorted.resize(std::min(count, sorted.size()));
  return sorted;
}

void TopTopics::find_least() {
  for (std::size_t i = 0; i < size_; ++i) {
    if (topics_[i]->bytes_delivered < topics_[least_]->bytes_delivered) least_ = i;
  }
}

}  // namespace parley::broker
