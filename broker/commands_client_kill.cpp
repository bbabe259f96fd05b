#include "broker/broker.h"
#include "broker/client_list.h"
#include "broker/commands.h"
#include "common/text.h"

namespace parley::broker {

namespace {

struct KillRequest {
  ClientFilter filter;
  bool skip_me = true;
};

// One filter and its value. Returns the error, empty if there is none.
std::string read_filter(std::string_view name, std::string_view value, KillRequest& request) {
  ClientFilter& filter = request.filter;
  std::int64_t number = 0;
  if (equals_ignoring_case(name, "id")) {
    if (!resp::parse_integer(value, number) || number < 1) {
      return "ERR client-id should be greater than 0";
    }
    filter.id = static_cast<std::uint64_t>(number);
  } else if (equals_ignoring_case(name, "maxage")) {
    if (!resp::parse_integer(value, number)) {
      return "ERR maxage is not an integer or out of range";
    }
    if (number <= 0) return "ERR maxage should be greater than 0";
    filter.age_seconds_min = number;
  } else if (equals_ignoring_case(name, "type")) {
    filter.type = read_client_type(value);
    if (!filter.type) return "ERR Unknown client type '" + std::string(value) + "'";
  } else if (equals_ignoring_case(name, "addr")) {
    filter.peer = value;
  } else if (equals_ignoring_case(name, "laddr")) {
    filter.local = value;
  } else if (equals_ignoring_case(name, "user")) {
    if (value != "default") return "ERR No such user '" + std::string(value) + "'";
    filter.user = value;
  } else if (equals_ignoring_case(name, "skipme") && equals_ignoring_case(value, "yes")) {
    request.skip_me = true;
  } else if (equals_ignoring_case(name, "skipme") && equals_ignoring_case(value, "no")) {
    request.skip_me = false;
  } else {
    return std::string(kSyntaxError);
  }
  return {};
}

std::size_t kill(Call& call, const KillRequest& request) {
  std::size_t killed = 0;
  for (const auto& entry : call.broker.clients()) {
    Client& client = *entry.second;
    const bool is_me = &client == &call.client;
    if ((is_me && request.skip_me) || client.leaving() || !request.filter.accepts(client)) continue;
    ++killed;
    if (is_me) {
      client.finish();  // the reply still goes out
    } else {
      client.cut("CLIENT KILL by client " + std::to_string(call.client.session().id));
    }
  }
  return killed;
}

}  // namespace

// With three words it is the old form: an address, and it may be the caller's own.
void run_client_kill(Call& call) {
  const auto& args = call.args;
  KillRequest request;
  if (args.size() == 3) {
    request.filter.peer = args[2];
    request.skip_me = false;
    if (kill(call, request) > 0) {
      call.reply.ok();
    } else {
      call.reply.error("ERR No such client");
    }
    return;
  }
  for (std::size_t i = 2; i < args.size(); i += 2) {
    const std::string error = i + 1 < args.size() ? read_filter(args[i], args[i + 1], request)
                                                  : std::string(kSyntaxError);
    if (!error.empty()) {
      call.reply.error(error);
      return;
    }
  }
  call.reply.integer(static_cast<std::int64_t>(kill(call, request)));
}

}  // namespace parley::broker
