#include <algorithm>

#include "broker/broker.h"
#include "broker/client_list.h"
#include "broker/client_names.h"
#include "broker/commands.h"
#include "common/text.h"

namespace parley::broker {

namespace {

std::string unknown_type(std::string_view word) {
  return "ERR Unknown client type '" + std::string(word) + "'";
}

// Oldest first.
std::vector<Client*> chosen(Broker& broker, const ClientFilter& filter) {
  std::vector<Client*> clients;
  for (const auto& entry : broker.clients()) {
    if (filter.accepts(*entry.second)) clients.push_back(entry.second.get());
  }
  std::sort(clients.begin(), clients.end(),
            [](const Client* a, const Client* b) { return a->session().id < b->session().id; });
  return clients;
}

Client* find_client(Broker& broker, std::int64_t id) {
  const auto found = broker.clients().find(static_cast<std::uint64_t>(id));
  return found == broker.clients().end() ? nullptr : found->second.get();
}

void list_by_id(Call& call) {
  std::string text;
  for (std::size_t i = 3; i < call.args.size(); ++i) {
    std::int64_t id = 0;
    if (!resp::parse_integer(call.args[i], id)) {
      call.reply.error("ERR Invalid client ID");
      return;
    }
    if (Client* client = find_client(call.broker, id)) text += describe(*client, call.broker);
  }
  call.reply.verbatim(text);
}

bool read_on_off(Call& call, bool& value) {
  const bool on = equals_ignoring_case(call.args[2], "on");
  if (!on && !equals_ignoring_case(call.args[2], "off")) {
    call.reply.error(kSyntaxError);
    return false;
  }
  value = on;
  call.reply.ok();
  return true;
}

}  // namespace

void run_client_id(Call& call) {
  call.reply.integer(static_cast<std::int64_t>(call.client.session().id));
}

void run_client_setname(Call& call) {
  if (!is_client_name(call.args[2])) {
    call.reply.error(kBadName);
    return;
  }
  call.client.session().name = call.args[2];
  call.reply.ok();
}

void run_client_getname(Call& call) {
  const std::string& name = call.client.session().name;
  name.empty() ? call.reply.null_bulk() : call.reply.bulk(name);
}

void run_client_setinfo(Call& call) {
  Session& session = call.client.session();
  const std::string_view option = call.args[2];
  std::string* target = equals_ignoring_case(option, "lib-name")  ? &session.lib_name
                        : equals_ignoring_case(option, "lib-ver") ? &session.lib_version
                                                                  : nullptr;
  if (target == nullptr) {
    call.reply.error("ERR Unrecognized option '" + std::string(option) + "'");
  } else if (!is_client_name(call.args[3])) {
    call.reply.error("ERR " + std::string(option) +
                     " cannot contain spaces, newlines or special characters.");
  } else {
    *target = call.args[3];
    call.reply.ok();
  }
}

void run_client_list(Call& call) {
  const auto& args = call.args;
  ClientFilter filter;
  if (args.size() == 4 && equals_ignoring_case(args[2], "type")) {
    filter.type = read_client_type(args[3]);
    if (!filter.type) {
      call.reply.error(unknown_type(args[3]));
      return;
    }
  } else if (args.size() > 3 && equals_ignoring_case(args[2], "id")) {
    list_by_id(call);
    return;
  } else if (args.size() > 2) {
    call.reply.error(kSyntaxError);
    return;
  }
  std::string text;
  for (Client* client : chosen(call.broker, filter)) text += describe(*client, call.broker);
  call.reply.verbatim(text);
}

void run_client_info(Call& call) {
  call.reply.verbatim(describe(call.client, call.broker));
}

void run_client_reply(Call& call) {
  Silence& silence = call.client.session().silence;
  if (equals_ignoring_case(call.args[2], "on")) {
    silence = {};
    call.reply.ok();
  } else if (equals_ignoring_case(call.args[2], "off")) {
    silence.off = true;
  } else if (equals_ignoring_case(call.args[2], "skip")) {
    silence.next_one = !silence.off;
  } else {
    call.reply.error(kSyntaxError);
  }
}

void run_client_no_evict(Call& call) {
  read_on_off(call, call.client.session().no_evict);
}

void run_client_no_touch(Call& call) {
  read_on_off(call, call.client.session().no_touch);
}

void run_client_unblock(Call& call) {
  using Reason = BlockedReaders::Reason;
  const auto& args = call.args;
  Reason reason = Reason::kTimeout;
  if (args.size() > 3 && equals_ignoring_case(args[3], "error")) {
    reason = Reason::kError;
  } else if (args.size() > 4 || (args.size() > 3 && !equals_ignoring_case(args[3], "timeout"))) {
    call.reply.error("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
    return;
  }
  std::int64_t id = 0;
  if (!resp::parse_integer(args[2], id)) {
    call.reply.error("ERR value is not an integer or out of range");
    return;
  }
  Client* client = find_client(call.broker, id);
  const bool unblocked = client && call.broker.blocked_readers().unblock(*client, reason);
  call.reply.integer(unblocked ? 1 : 0);
}

void run_client_pause(Call& call) {
  const auto& args = call.args;
  std::int64_t ms = 0;
  Pause::Mode mode = Pause::Mode::kAll;
  if (args.size() > 3 && equals_ignoring_case(args[3], "write")) {
    mode = Pause::Mode::kWrite;
  } else if (args.size() > 4 || (args.size() > 3 && !equals_ignoring_case(args[3], "all"))) {
    call.reply.error("ERR CLIENT PAUSE mode must be WRITE or ALL");
    return;
  }
  constexpr std::int64_t kLongestMs = 1000LL * 60 * 60 * 24 * 365;
  if (!resp::parse_integer(args[2], ms)) {
    call.reply.error("ERR timeout is not an integer or out of range");
  } else if (ms < 0) {
    call.reply.error("ERR timeout is negative");
  } else {
    call.broker.pause().begin(mode, std::chrono::milliseconds(std::min(ms, kLongestMs)));
    call.reply.ok();
  }
}

void run_client_unpause(Call& call) {
  call.broker.pause().end();
  call.reply.ok();
}

// Client-side caching needs keys that are read; there is none to track.
void run_client_getredir(Call& call) {
  call.reply.integer(-1);
}

void run_client_tracking(Call& call) {
  bool on = false;
  if (equals_ignoring_case(call.args[2], "on")) {
    on = true;
  } else if (!equals_ignoring_case(call.args[2], "off")) {
    call.reply.error(kSyntaxError);
    return;
  }
  if (on) {
    call.reply.error("ERR CLIENT TRACKING ON is not supported: this broker has no keys to cache");
  } else {
    call.reply.ok();
  }
}

void run_client_trackinginfo(Call& call) {
  call.reply.map(3);
  call.reply.bulk("flags");
  call.reply.set(1);
  call.reply.bulk("off");
  call.reply.bulk("redirect");
  call.reply.integer(-1);
  call.reply.bulk("prefixes");
  call.reply.array(0);
}

void run_client_caching(Call& call) {
  call.reply.error(
      "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or "
      "OPTOUT mode enabled");
}

}  // namespace parley::broker
