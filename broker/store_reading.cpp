#include "broker/store_reading.h"

#include <memory>

namespace parley::broker {

namespace {

/// Reads whole nodes out of a gap.
class GapReader {
 public:
  GapReader(rocksdb::DB& db, StreamNumber number, const Gap& gap, std::size_t& bytes_left)
      : gap_(gap),
        number_(number),
        bytes_left_(bytes_left),
        begin_key_(store_key::entry(number, gap.begin)),
        end_key_(gap.end ? store_key::entry(number, *gap.end)
                         : store_key::entry(number + 1, kStreamIdMin)),
        begin_(begin_key_),
        end_(end_key_) {
    rocksdb::ReadOptions options;
    options.iterate_lower_bound = &begin_;
    options.iterate_upper_bound = &end_;
    it_.reset(db.NewIterator(options));
  }

  void read(GapContent& content) {
    const Range& wanted = gap_.wanted;
    seek_node_with(wanted.newest_first ? wanted.last : wanted.first);
    wanted.newest_first ? read_backward(content) : read_forward(content);
  }

  bool too_long() const { return too_long_; }
  rocksdb::Status status() const { return it_->status(); }

 private:
  StreamId id() const {
    const std::string_view key = it_->key().ToStringView();
    return {store_key::number_at(key, 9), store_key::number_at(key, 17)};
  }
  bool at_begin_of_node() const { return it_->value()[0] & kBeginsNode; }

  // To the begin of the node that an entry with this ID would be in, or of the first one.
  void seek_node_with(StreamId wanted) {
    it_->SeekForPrev(store_key::entry(number_, wanted));
    while (it_->Valid() && !at_begin_of_node()) it_->Prev();
    if (!it_->Valid() && it_->status().ok()) it_->SeekToFirst();
  }

  // Returns true, and stands on the begin of the node before the one that began at `begin`.
  bool seek_node_before(StreamId begin) {
    it_->SeekForPrev(store_key::entry(number_, begin));
    if (it_->Valid()) it_->Prev();
    if (!it_->Valid()) return false;
    while (it_->Valid() && !at_begin_of_node()) it_->Prev();
    return it_->Valid();
  }

  bool has_node_before(StreamId begin) {
    it_->SeekForPrev(store_key::entry(number_, begin));
    if (it_->Valid()) it_->Prev();
    return it_->Valid();
  }

  void add(StreamNode& node) {
    std::string_view value = it_->value().ToStringView();
    const char flags = value.front();
    value.remove_prefix(1);
    words_.clear();
    BodyReader body(value);
    for (std::string_view word; body.next(word);) words_.push_back(word);
    const StreamId id = this->id();
    StreamNode::Position at;
    const std::uint64_t offset = node.append(id, words_);
    if ((flags & kRemovedEntry) || id < gap_.trimmed_below) {
      if (node.read(offset, at)) node.remove(at);
    } else if (id >= gap_.wanted.first && id <= gap_.wanted.last) {
      ++found_;
    }
  }

  // Reads a node and stands behind it. Returns the ID that it begins with.
  StreamId read_node(GapContent& content) {
    const StreamId begin = id();
    StreamNode node(begin);
    do {
      if (bytes_left_ < it_->value().size()) {
        too_long_ = true;
        return begin;
      }
      bytes_left_ -= it_->value().size();
      add(node);
      it_->Next();
    } while (it_->Valid() && !at_begin_of_node());
    node.seal();
    content.nodes.emplace(begin, std::move(node));
    return begin;
  }

  void read_forward(GapContent& content) {
    while (it_->Valid() && !too_long_ && found_ < gap_.wanted.count_max &&
           (content.nodes.empty() || id() <= gap_.wanted.last)) {
      read_node(content);
    }
    content.to_end = !it_->Valid();
    content.from_begin = content.nodes.empty() || !has_node_before(content.nodes.begin()->first);
  }

  void read_backward(GapContent& content) {
    if (!it_->Valid()) {
      content.from_begin = content.to_end = true;
      return;
    }
    StreamId begin = read_node(content);
    content.to_end = !it_->Valid();
    while (!too_long_ && found_ < gap_.wanted.count_max && begin > gap_.wanted.first &&
           seek_node_before(begin)) {
      begin = read_node(content);
    }
    content.from_begin = !has_node_before(begin);
  }

  const Gap& gap_;
  const StreamNumber number_;
  std::size_t& bytes_left_;
  // The iterator refers to the slices, those to the strings.
  const std::string begin_key_;
  const std::string end_key_;
  const rocksdb::Slice begin_;
  const rocksdb::Slice end_;
  std::unique_ptr<rocksdb::Iterator> it_;
  std::vector<std::string_view> words_;
  std::uint64_t found_ = 0;
  bool too_long_ = false;
};

rocksdb::Status read_once(rocksdb::DB& db, StreamNumber number,
                          std::unique_ptr<OnceWindow>& window) {
  const std::string end = store_key::once(number + 1, 0);
  const rocksdb::Slice upper(end);
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = &upper;
  const std::unique_ptr<rocksdb::Iterator> it(db.NewIterator(options));
  for (it->Seek(store_key::once(number, 0)); it->Valid(); it->Next()) {
    if (!window) window = std::make_unique<OnceWindow>();
    const std::string_view value = it->value().ToStringView();
    const auto time_ms = static_cast<std::int64_t>(store_key::number_at(value, 0));
    window->remember(value.substr(8), store_key::number_at(it->key().ToStringView(), 9), time_ms,
                     UINT32_MAX);
  }
  return it->status();
}

}  // namespace

Store::Loaded read_contents(rocksdb::DB& db, const std::vector<Store::Wanted>& wanted,
                            std::size_t bytes_max) {
  Store::Loaded loaded;
  for (const Store::Wanted& one : wanted) {
    Store::Content& content = loaded.contents.emplace_back();
    rocksdb::Status status;
    if (one.gap) {
      GapReader reader(db, one.number, *one.gap, bytes_max);
      reader.read(content.entries);
      loaded.too_long |= reader.too_long();
      status = reader.status();
    } else {
      status = read_once(db, one.number, content.once);
    }
    if (!status.ok()) loaded.error = status.ToString();
    if (!status.ok() || loaded.too_long) break;
  }
  return loaded;
}

}  // namespace parley::broker
