#include "broker/stream_reading.h"

namespace parley::broker {

namespace {

struct News {
  const ReadRequest::Position* position;
  const Stream* stream;
  Range range;
};

}  // namespace

void write_entry(resp::Writer& reply, const Entry& entry) {
  reply.array(2);
  reply.bulk(to_string(entry.id));
  BodyReader reader(entry.body);
  reply.array(reader.left());
  std::string_view word;
  while (reader.next(word)) reply.bulk(word);
}

void write_entries(resp::Writer& reply, const Stream& stream, const Range& range) {
  reply.array(stream.count(range));
  stream.visit(range, [&](const Entry& entry) { write_entry(reply, entry); });
}

bool write_news(resp::Writer& reply, History& history, const ReadRequest& request) {
  // Looking for a key may take it away, its time being over: all of that comes first, so that what
  // is collected below stays where it is also when a key is named twice.
  for (const auto& position : request.positions) history.find(request.db, position.key);
  std::vector<News> news;
  for (const auto& position : request.positions) {
    const Key* key = history.database(request.db).find(position.key);
    if (key == nullptr || key->stream().last_id() <= position.after) continue;
    const Range range{.first = *next(position.after), .count_max = request.count_max};
    // What was added since may have been removed again.
    if (key->stream().first_entry_id(range) == kStreamIdMin) continue;
    news.push_back({&position, &key->stream(), range});
  }
  if (news.empty()) return false;
  reply.resp3() ? reply.map(news.size()) : reply.array(news.size());
  for (const News& one : news) {
    if (!reply.resp3()) reply.array(2);
    reply.bulk(one.position->key);
    write_entries(reply, *one.stream, one.range);
  }
  return true;
}

}  // namespace parley::broker
