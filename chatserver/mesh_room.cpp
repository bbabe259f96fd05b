#include "chatserver/mesh_room.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace parley::chat::mesh {

Origin MeshRoom::next(std::int64_t now_ms) {
  last_at_ms_ = std::max(last_at_ms_, now_ms);
  return {own_.server, own_.run, ++own_.sequence, last_at_ms_};
}

MeshRoom::Sender* MeshRoom::sender_of(std::uint64_t server, std::uint64_t run) {
  const auto [place, is_new] = senders_.try_emplace(server);
  if (is_new && senders_.size() > kSendersMax) {
    // The one that began first is likely to be dead.
    const auto oldest = std::ranges::min_element(senders_, {}, [&](const auto& each) {
      return each.first == server ? UINT64_MAX : each.second.run;
    });
    senders_.erase(oldest);
  }
  Sender& sender = place->second;
  if (run < sender.run) return nullptr;
  if (run > sender.run) {
    // Run 0: it has told that it had said nothing.
    const bool had_words = sender.run != 0 && (!sender.fresh || sender.seen > 0);
    if (!sender.fresh) lost_ += sender.seen - sender.sequence;
    sender = {.run = run, .fresh = sender.fresh, .hole = sender.hole || had_words};
  }
  return &sender;
}

void MeshRoom::hold(RoomHistory::Message message) {
  if (held_.size() >= kHeldMax || held_bytes_ + message.payload.size() > kHeldBytesMax) return;
  held_bytes_ += message.payload.size();
  held_.push_back(std::move(message));
}

MeshRoom::Verdict MeshRoom::live(const Origin& origin, std::string_view id,
                                 std::string_view payload) {
  Sender* sender = sender_of(origin.server, origin.run);
  if (sender == nullptr || origin.sequence <= sender->sequence) return Verdict::kDrop;
  sender->seen = std::max(sender->seen, origin.sequence);
  const bool is_next = origin.sequence == sender->sequence + 1;
  if (is_next && !gathering_ && !sender->waits && !sender->hole) {
    sender->sequence = origin.sequence;
    sender->fresh = false;
    return Verdict::kShow;
  }
  hold({std::string(id), std::string(payload), origin});
  if (gathering_ || std::exchange(sender->waits, true)) return Verdict::kDrop;
  return Verdict::kAsk;
}

bool MeshRoom::mark(const Origin& origin) {
  Sender* sender = sender_of(origin.server, origin.run);
  if (sender == nullptr || origin.sequence <= sender->sequence) return false;
  sender->seen = std::max(sender->seen, origin.sequence);
  return !gathering_ && !std::exchange(sender->waits, true);
}

// --- merging ---

MeshRoom::Merged MeshRoom::merge(RoomHistory& history, Batch batch) {
  Merged merged;
  const bool late = !std::exchange(gathering_, false);
  std::vector<Item> items;
  for (RoomHistory::Message& message : batch.messages) items.push_back({std::move(message), false});
  for (RoomHistory::Message& message : std::exchange(held_, {})) {
    items.push_back({std::move(message), true});
  }
  held_bytes_ = 0;
  std::ranges::stable_sort(items, {}, [](const Item& item) {
    const Origin& origin = item.message.origin;
    return std::tuple(origin.at_ms, origin.server, origin.run, origin.sequence);
  });
  std::vector<RoomHistory::Message> accepted = take(std::move(items), batch, late, merged);
  settle(batch, merged);
  merged.missed += std::exchange(lost_, 0);
  for (auto& [server, sender] : senders_) batch.has_hole |= std::exchange(sender.hole, false);
  apply(history, std::move(accepted), late, batch.has_hole, merged);
  return merged;
}

std::vector<RoomHistory::Message> MeshRoom::take(std::vector<Item> items, const Batch& batch,
                                                 bool late, Merged& merged) {
  std::map<std::uint64_t, Known> word;
  for (const Known& known : batch.answered) word[known.server] = known;
  std::vector<RoomHistory::Message> accepted;
  for (auto& [message, direct] : items) {
    const auto& [server, run, sequence, at] = message.origin;
    Sender* sender = server == own_.server ? nullptr : sender_of(server, run);
    if (sender == nullptr || sequence <= sender->sequence) continue;
    const auto own_word = word.find(server);
    const bool spoke = own_word != word.end();
    const bool is_here = batch.here.contains(server) && !batch.given_up.contains(server);
    // It tells us itself what others tell of it.
    if (late && !direct && !spoke && is_here) continue;
    const bool is_next = sequence == sender->sequence + 1;
    const bool said_all =
        spoke && (own_word->second.run == 0 ||
                  (own_word->second.run == run && sequence <= own_word->second.sequence));
    // There is nothing between any more.
    const bool may_jump = !is_here || said_all || (!direct && sender->fresh);
    if (!is_next && !may_jump) {
      sender->seen = std::max(sender->seen, sequence);
      if (direct) hold(std::move(message));
      continue;
    }
    if (!is_next && !sender->fresh) merged.missed += sequence - sender->sequence - 1;
    if (late && !direct) ++merged.fetched;
    sender->sequence = sequence;
    sender->seen = std::max(sender->seen, sequence);
    sender->fresh = false;
    accepted.push_back(std::move(message));
  }
  return accepted;
}

// What a server has said of itself is all that there is of it up to then.
void MeshRoom::settle(const Batch& batch, Merged& merged) {
  std::vector<Known> ends = batch.answered;
  for (const std::uint64_t server : batch.given_up) {
    const auto found = senders_.find(server);
    if (found != senders_.end()) {
      ends.push_back({server, found->second.run, found->second.seen});
    }
  }
  for (Known& end : ends) {
    // It has forgotten the room, with all that it had said there.
    const auto known = end.run == 0 ? senders_.find(end.server) : senders_.end();
    if (known != senders_.end()) end = {end.server, known->second.run, known->second.seen};
    Sender* sender = end.server == own_.server ? nullptr : sender_of(end.server, end.run);
    if (sender == nullptr) continue;
    if (sender->sequence < end.sequence) {
      if (!sender->fresh) merged.missed += end.sequence - sender->sequence;
      sender->sequence = end.sequence;
    }
    sender->fresh = false;
    sender->waits = false;
  }
  for (auto& [server, sender] : senders_) {
    sender.seen = std::max(sender.seen, sender.sequence);
    if (sender.seen == sender.sequence || sender.waits) continue;
    sender.waits = true;
    merged.ask_again.push_back(server);
  }
}

void MeshRoom::apply(RoomHistory& history, std::vector<RoomHistory::Message> accepted, bool late,
                     bool has_hole, Merged& merged) {
  std::erase_if(accepted, [&](const auto& message) { return history.knows(message.id); });
  const auto at = [](const RoomHistory::Message& message) { return message.origin.at_ms; };
  std::int64_t newest = INT64_MIN;
  if (!history.messages().empty()) newest = at(history.messages().back());
  const auto older = static_cast<std::size_t>(
      std::ranges::count_if(accepted, [&](const auto& message) { return at(message) < newest; }));
  const bool out_of_order = older > (late ? kLateMax : 0);
  if (out_of_order || has_hole || merged.missed > 0) {
    std::vector<RoomHistory::Message> all(history.messages().begin(), history.messages().end());
    std::ranges::move(accepted, std::back_inserter(all));
    std::ranges::stable_sort(all, {}, at);
    history.begin_anew(std::move(all));
    merged.restarted = true;
    return;
  }
  for (RoomHistory::Message& message : accepted) {
    std::string payload = message.payload;
    const auto [position, is_new] = history.add(std::move(message));
    if (is_new) merged.shown.push_back({position, std::move(payload)});
  }
}

// --- what is known ---

std::vector<Known> MeshRoom::known() const {
  std::vector<Known> all{own_};
  for (const auto& [server, sender] : senders_) {
    if (!sender.fresh) all.push_back({server, sender.run, sender.sequence});
  }
  return all;
}

std::vector<const RoomHistory::Message*> MeshRoom::lacking(const RoomHistory& history,
                                                           const std::vector<Known>& known) {
  std::map<std::uint64_t, Known> by_server;
  for (const Known& each : known) by_server[each.server] = each;
  std::vector<const RoomHistory::Message*> all;
  for (const RoomHistory::Message& message : history.messages()) {
    const auto found = by_server.find(message.origin.server);
    const bool has =
        found != by_server.end() && std::tie(message.origin.run, message.origin.sequence) <=
                                        std::tie(found->second.run, found->second.sequence);
    if (!has) all.push_back(&message);
  }
  return all;
}

}  // namespace parley::chat::mesh
