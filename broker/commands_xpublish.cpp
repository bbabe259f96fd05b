#include "broker/broker.h"
#include "broker/commands.h"
#include "broker/history_arguments.h"
#include "common/text.h"

// XPUBLISH: append to a stream and publish, in one step. docs/xpublish.md tells users about it.
namespace parley::broker {

namespace {

constexpr std::string_view kMessageField = "m";

// The offset must fit the integer of the reply.
constexpr std::uint64_t kOffsetMax = INT64_MAX;

struct XpublishOptions {
  Trim trim;
  std::optional<std::string_view> once;
  std::string_view message;
};

bool read_once(Call& call, std::string_view id, XpublishOptions& options) {
  if (id.empty() || id.size() > OnceWindow::kIdBytesMax) {
    call.reply.error("ERR the message-id of ONCE must have 1 to " +
                     std::to_string(OnceWindow::kIdBytesMax) + " bytes, this one has " +
                     std::to_string(id.size()));
    return false;
  }
  options.once = id;
  return true;
}

// The last argument is the message, whatever it says.
bool read_options(Call& call, XpublishOptions& options) {
  const auto& args = call.args;
  const std::size_t message = args.size() - 1;
  for (std::size_t i = 3; i < message; ++i) {
    const bool more = i + 1 < message;
    if (more && equals_ignoring_case(args[i], "once")) {
      if (!read_once(call, args[++i], options)) return false;
    } else if (more && (equals_ignoring_case(args[i], "maxlen") ||
                        equals_ignoring_case(args[i], "minid"))) {
      if (!read_trim_threshold(call, i, options.trim)) return false;
      if (i < message) continue;
      call.reply.error(kSyntaxError);
      return false;
    } else {
      call.reply.error(kSyntaxError);
      return false;
    }
  }
  if (options.trim.approximate) {
    options.trim.limit = usual_trim_limit(call.broker.history().limits().nodes);
  }
  options.message = args[message];
  return true;
}

void write_reply(resp::Writer& reply, const Stream& stream, std::uint64_t offset, bool duplicate) {
  reply.array(3);
  reply.bulk(stream.epoch());
  reply.integer(static_cast<std::int64_t>(offset));
  reply.integer(duplicate ? 1 : 0);
}

}  // namespace

void run_xpublish(Call& call) {
  History& history = call.broker.history();
  PubSub& pubsub = call.broker.pubsub();
  XpublishOptions options;
  if (!read_options(call, options)) return;
  const std::string_view channel = call.args[2];
  Key* key = history.find(call.client.session().db, call.args[1]);
  if (key && options.once) {
    if (const auto offset = history.seen_once(*key, *options.once)) {
      write_reply(call.reply, key->stream(), *offset, true);
      return;
    }
  }
  if (key && key->stream().last_id().ms >= kOffsetMax) {
    call.reply.error("ERR The stream has exhausted the last possible ID, unable to add more items");
    return;
  }
  // All that can go wrong is known before anything is done.
  if (!pubsub.match(channel)) {
    call.reply.error(
        "ERR the name of the channel is too long for the patterns that are subscribed to; the "
        "message was neither appended nor delivered");
    return;
  }
  if (key == nullptr) key = &history.find_or_create(call.client.session().db, call.args[1]);
  const std::uint64_t offset = key->stream().last_id().ms + 1;
  const std::string_view words[] = {kMessageField, options.message};
  history.append(*key, {offset, 0}, words);
  history.trim(*key, options.trim);
  if (options.once) history.remember_once(*key, *options.once, offset);
  const std::string stamp = key->stream().epoch() + ":" + std::to_string(offset) + " ";
  pubsub.publish_matched(channel, stamp + std::string(options.message));
  write_reply(call.reply, key->stream(), offset, false);
}

void need_xpublish(Call& call, StreamNeeds& needs) {
  XpublishOptions options;
  if (!read_options(call, options)) return;
  need_append(call.args[1], options.trim, needs);
  if (options.once) needs.push_back({.key = call.args[1], .once = true});
}

}  // namespace parley::broker
