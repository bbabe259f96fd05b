#include "broker/journal.h"

#include <algorithm>
#include <utility>

namespace parley::broker {

Journal::Journal(Loop& loop, Store& store)
    : Flushable(loop), store_(store), gates_(store.options().fsync == Fsync::kAlways) {}

void Journal::skip_to(StreamNumber number) {
  next_stream_ = std::max(next_stream_, number + 1);
}

std::uint64_t Journal::note(const Key& key) {
  changed_.insert(&key);
  mark();
  shows(upcoming());
  return upcoming();
}

void Journal::erase(const Key& key) {
  note(key);
  changed_.erase(&key);
  batch_.erase(store_key::stream(key.number()));
  erase_entries(key.number(), kStreamIdMin, {});
}

void Journal::put_entry(StreamNumber stream, StreamId id, char flags, Words words) {
  std::string value(1, flags);
  append_body(value, words);
  batch_.put(store_key::entry(stream, id), value);
}

void Journal::erase_entries(StreamNumber stream, StreamId first, std::optional<StreamId> end) {
  batch_.erase_range(
      store_key::entry(stream, first),
      end ? store_key::entry(stream, *end) : store_key::entry(stream + 1, kStreamIdMin));
}

void Journal::put_once(StreamNumber stream, std::uint64_t offset, std::int64_t time_ms,
                       std::string_view message_id) {
  std::string value = store_key::number(static_cast<std::uint64_t>(time_ms));
  value.append(message_id);
  batch_.put(store_key::once(stream, offset), value);
}

void Journal::erase_once(StreamNumber stream, std::uint64_t first, std::uint64_t end) {
  batch_.erase_range(store_key::once(stream, first), store_key::once(stream, end));
}

StreamRecord Journal::record(const Key& key) const {
  const Stream& stream = key.stream();
  return {.db = key.db(),
          .name = key.name(),
          .epoch = stream.epoch(),
          .generation = store_.generation(),
          .last_id = stream.last_id(),
          .max_deleted_id = stream.max_deleted_id(),
          .begin_id = stream.begin_id(),
          .trimmed_below = stream.trimmed_below(),
          .entries_added = stream.entries_added(),
          .length = stream.length(),
          .nodes = stream.nodes(),
          .expires_at_ms = key.expires_at_ms()};
}

void Journal::flush() {
  for (const Key* key : changed_) {
    batch_.put(store_key::stream(key->number()), encode(record(*key)));
  }
  changed_.clear();
  if (!batch_.empty()) store_.commit(std::exchange(batch_, {}), ++submitted_);
}

void Journal::committed(std::uint64_t commit) {
  written_ = commit;
  loop().gate().open(commit);
}

}  // namespace parley::broker
