#include "broker/broker.h"
#include "broker/commands.h"
#include "broker/history_arguments.h"
#include "common/text.h"

// XINFO.
namespace parley::broker {

namespace {

constexpr std::int64_t kEntriesShown = 10;

const Key* find_or_refuse(Call& call) {
  const Key* key = call.broker.history().find_for_reading(call.client.session().db, call.args[2]);
  if (key == nullptr) call.reply.error(kNoSuchKey);
  return key;
}

void write_wrong_arguments(Call& call) {
  call.reply.error("ERR unknown subcommand or wrong number of arguments for '" +
                   std::string(call.args[1]) + "'. Try XINFO HELP.");
}

// What the short and the full form begin with. A radix tree there is not: the figures are those
// that one would have with a key for each node and nothing in common between keys.
void write_head(resp::Writer& reply, const Stream& stream) {
  reply.bulk("length");
  reply.integer(static_cast<std::int64_t>(stream.length()));
  reply.bulk("radix-tree-keys");
  reply.integer(static_cast<std::int64_t>(stream.nodes()));
  reply.bulk("radix-tree-nodes");
  reply.integer(static_cast<std::int64_t>(stream.nodes() + 1));
  reply.bulk("last-generated-id");
  reply.bulk(to_string(stream.last_id()));
  reply.bulk("max-deleted-entry-id");
  reply.bulk(to_string(stream.max_deleted_id()));
  reply.bulk("entries-added");
  reply.integer(static_cast<std::int64_t>(stream.entries_added()));
  reply.bulk("recorded-first-entry-id");
  reply.bulk(to_string(stream.first_entry_id()));
}

// What Redis does not have comes last, so that nobody who counts fields is misled.
void write_epoch(resp::Writer& reply, const Stream& stream) {
  reply.bulk("epoch");
  reply.bulk(stream.epoch());
}

void write_edge(resp::Writer& reply, const Stream& stream, bool newest) {
  reply.bulk(newest ? "last-entry" : "first-entry");
  if (stream.length() == 0) reply.null_bulk();
  stream.visit({.count_max = 1, .newest_first = newest},
               [&](const Entry& entry) { write_entry(reply, entry); });
}

void write_short(resp::Writer& reply, const Stream& stream) {
  reply.map(11);
  write_head(reply, stream);
  reply.bulk("groups");
  reply.integer(0);
  write_edge(reply, stream, false);
  write_edge(reply, stream, true);
  write_epoch(reply, stream);
}

// FULL [COUNT count]
bool read_full(Call& call, std::uint64_t& count_max) {
  const auto& args = call.args;
  const bool well_formed = (args.size() == 4 || args.size() == 6) &&
                           equals_ignoring_case(args[3], "full") &&
                           (args.size() == 4 || equals_ignoring_case(args[4], "count"));
  if (!well_formed) {
    write_wrong_arguments(call);
    return false;
  }
  std::int64_t count = kEntriesShown;
  if (args.size() == 6 && !read_integer(call, 5, count)) return false;
  if (count < 0) count = kEntriesShown;
  count_max = count == 0 ? UINT64_MAX : static_cast<std::uint64_t>(count);
  return true;
}

void write_full(resp::Writer& reply, const Stream& stream, std::uint64_t count_max) {
  reply.map(10);
  write_head(reply, stream);
  reply.bulk("entries");
  write_entries(reply, stream, {.count_max = count_max});
  reply.bulk("groups");
  reply.array(0);
  write_epoch(reply, stream);
}

}  // namespace

void run_xinfo_stream(Call& call) {
  const Key* key = find_or_refuse(call);
  if (key == nullptr) return;
  if (call.args.size() == 3) {
    write_short(call.reply, key->stream());
    return;
  }
  std::uint64_t count_max = 0;
  if (read_full(call, count_max)) write_full(call.reply, key->stream(), count_max);
}

void need_xinfo_stream(Call& call, StreamNeeds& needs) {
  std::uint64_t count_max = 1;  // the short form shows the first entry and the last
  if (call.args.size() > 3 && !read_full(call, count_max)) return;
  needs.push_back({.key = call.args[2], .range = {.count_max = count_max}});
  needs.push_back({.key = call.args[2], .range = kLastEntry});
}

void run_xinfo_groups(Call& call) {
  if (find_or_refuse(call)) call.reply.array(0);
}

void run_xinfo_consumers(Call& call) {
  if (!find_or_refuse(call)) return;
  call.reply.error("NOGROUP No such consumer group '" + std::string(call.args[3]) +
                   "' for key name '" + std::string(call.args[2]) + "'");
}

}  // namespace parley::broker
