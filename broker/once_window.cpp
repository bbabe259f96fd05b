#include "broker/once_window.h"

namespace parley::broker {

std::optional<std::uint64_t> OnceWindow::find(std::string_view message_id) const {
  const auto found = offsets_.find(message_id);
  if (found == offsets_.end()) return std::nullopt;
  return found->second;
}

void OnceWindow::remember(std::string_view message_id, std::uint64_t offset, std::int64_t now_ms,
                          std::uint32_t ids_max) {
  while (!seen_.empty() && seen_.size() >= ids_max) forget_oldest();
  if (ids_max == 0) return;
  // One that was forgotten here may still be on disk, and come back before the later one.
  offsets_.erase(message_id);
  seen_.push_back({std::string(message_id), offset, now_ms});
  offsets_.emplace(seen_.back().message_id, offset);
}

void OnceWindow::forget_before(std::int64_t time_ms) {
  while (!seen_.empty() && seen_.front().time_ms < time_ms) forget_oldest();
}

void OnceWindow::forget_oldest() {
  if (seen_.empty()) return;
  const auto found = offsets_.find(seen_.front().message_id);
  if (found != offsets_.end() && found->second == seen_.front().offset) offsets_.erase(found);
  seen_.pop_front();
}

}  // namespace parley::broker
