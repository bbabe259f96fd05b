#include "chatserver/catch_up.h"

#include <algorithm>
#include <utility>

namespace parley::chat {

void CatchUp::subscribed() {
  state_ = State::kBehind;
  wanted_ = true;
}

void CatchUp::lost() {
  state_ = State::kWaiting;
  wanted_ = false;
  stale_ = reading_;
  held_.clear();
  held_bytes_ = 0;
  first_held_ = {};
}

void CatchUp::retry() {
  if (state_ == State::kBehind && !reading_) wanted_ = true;
}

bool CatchUp::is_old(const Position& position) const {
  return placed_ && position.epoch == position_.epoch && position.offset <= position_.offset;
}

void CatchUp::fall_behind() {
  if (state_ == State::kLive) wanted_ = true;
  state_ = State::kBehind;
}

CatchUp::Verdict CatchUp::out_of_turn(const Position& position, std::string_view payload) {
  if (state_ == State::kWaiting || is_old(position)) return Verdict::kDrop;
  fall_behind();
  hold({position, std::string(payload)});
  return Verdict::kHeld;
}

void CatchUp::hold(Held message) {
  const Position& position = message.position;
  if (position.epoch != first_held_.epoch || position.offset < first_held_.offset) {
    first_held_ = position;
  }
  if (held_.size() >= kHeldMax || held_bytes_ + message.payload.size() > kHeldBytesMax) {
    held_.clear();
    held_bytes_ = 0;
    wanted_ = true;
    return;
  }
  held_bytes_ += message.payload.size();
  held_.push_back(std::move(message));
}

std::optional<HistoryRequest> CatchUp::take_request() {
  if (!wanted_ || reading_) return std::nullopt;
  wanted_ = false;
  reading_ = true;
  HistoryRequest request;
  request.creates = true;
  if (placed_) {
    request.since = position_.offset;
    request.limit = kPageSize;
  }
  return request;
}

// Of an epoch that has just begun here: what came of it live was published since, held or not.
std::uint64_t CatchUp::first_unseen(const Position& top) const {
  const bool came = first_held_.offset > 0 && first_held_.epoch == top.epoch;
  return came ? std::min(first_held_.offset, top.offset + 1) : top.offset + 1;
}

CatchUp::Outcome CatchUp::page(HistoryPage page) {
  Outcome outcome;
  reading_ = false;
  if (std::exchange(stale_, false) || state_ == State::kWaiting) return outcome;
  const bool same_epoch = placed_ && page.top.epoch == position_.epoch;
  const bool follows = page.messages.empty() ? page.top.offset == position_.offset
                                             : page.messages.front().offset == position_.offset + 1;
  if (!same_epoch || !follows) {
    outcome.restarted = placed_;
    placed_ = true;
    position_ = page.top;
    if (outcome.restarted && !same_epoch) position_.offset = first_unseen(page.top) - 1;
    page.messages.clear();
  }
  for (StoredMessage& message : page.messages) {
    position_.offset = message.offset;
    outcome.messages.push_back(std::move(message));
  }
  if (position_.offset < page.top.offset) wanted_ = true;
  if (wanted_) return outcome;
  state_ = State::kLive;
  first_held_ = {};
  take_held(outcome);
  return outcome;
}

// A message that does not follow although history has been read for it comes from an epoch that is
// over, or from a server whose history does not know it: to read again would never end.
void CatchUp::take_held(Outcome& outcome) {
  auto held = std::exchange(held_, {});
  held_bytes_ = 0;
  for (Held& message : held) {
    if (is_old(message.position)) continue;
    if (state_ == State::kLive && is_next(message.position)) {
      ++position_.offset;
      outcome.messages.push_back({message.position.offset, std::move(message.payload)});
    } else if (!std::exchange(message.read_for, true)) {
      fall_behind();
      hold(std::move(message));
    }
  }
}

}  // namespace parley::chat
