#include <algorithm>
#include <charconv>

#include "broker/broker.h"
#include "broker/commands.h"
#include "broker/info.h"

namespace parley::broker {

namespace {

constexpr int kDatabases = 16;

bool is_printable_word(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '!' && c <= '~'; });
}

constexpr std::string_view kBadName =
    "ERR Client names cannot contain spaces, newlines or special characters.";

constexpr std::string_view kWrongPassword =
    "WRONGPASS invalid username-password pair or user is disabled.";

// No password can be set yet: the default user gets in with any, nobody else does.
bool may_log_in(std::string_view user) {
  return user == "default";
}

// What HELLO was asked for.
struct Greeting {
  resp::Protocol protocol;
  const std::string_view* name = nullptr;
};

// Writes the error and returns false when the arguments are wrong.
bool read_greeting(Call& call, Greeting& greeting) {
  const auto& args = call.args;
  std::int64_t version = 0;
  if (args.size() > 1) {
    if (!resp::parse_integer(args[1], version)) {
      call.reply.error("ERR Protocol version is not an integer or out of range");
      return false;
    }
    if (version != 2 && version != 3) {
      call.reply.error("NOPROTO unsupported protocol version");
      return false;
    }
    greeting.protocol = static_cast<resp::Protocol>(version);
  }
  for (std::size_t i = 2; i < args.size(); ++i) {
    const std::size_t left = args.size() - i - 1;
    if (equals_ignoring_case(args[i], "auth") && left >= 2) {
      if (!may_log_in(args[i + 1])) {
        call.reply.error(kWrongPassword);
        return false;
      }
      i += 2;
    } else if (equals_ignoring_case(args[i], "setname") && left >= 1) {
      greeting.name = &args[++i];
      if (is_printable_word(*greeting.name)) continue;
      call.reply.error(kBadName);
      return false;
    } else {
      call.reply.error("ERR Syntax error in HELLO option '" + std::string(args[i]) + "'");
      return false;
    }
  }
  return true;
}

}  // namespace

void run_ping(Call& call) {
  if (call.args.size() > 2) {
    call.reply.error("ERR wrong number of arguments for 'ping' command");
    return;
  }
  if (call.client.in_subscriber_mode()) {
    call.reply.array(2);
    call.reply.bulk("pong");
    call.reply.bulk(call.args.size() > 1 ? call.args[1] : "");
  } else if (call.args.size() > 1) {
    call.reply.bulk(call.args[1]);
  } else {
    call.reply.simple("PONG");
  }
}

void run_echo(Call& call) {
  call.reply.bulk(call.args[1]);
}

void run_hello(Call& call) {
  Session& session = call.client.session();
  Greeting greeting{session.protocol};
  if (!read_greeting(call, greeting)) return;
  session.protocol = greeting.protocol;
  if (greeting.name) session.name = *greeting.name;
  resp::Writer& reply = call.reply;
  reply.use(session.protocol);
  reply.map(7);
  reply.bulk("server");
  reply.bulk("redis");
  reply.bulk("version");
  reply.bulk(kRedisVersion);
  reply.bulk("proto");
  reply.integer(static_cast<int>(session.protocol));
  reply.bulk("id");
  reply.integer(static_cast<std::int64_t>(session.id));
  reply.bulk("mode");
  reply.bulk("standalone");
  reply.bulk("role");
  reply.bulk("master");
  reply.bulk("modules");
  reply.array(0);
}

void run_auth(Call& call) {
  if (call.args.size() > 3) {
    call.reply.error("ERR syntax error");
  } else if (call.args.size() == 2) {
    call.reply.error(
        "ERR AUTH <password> called without any password configured for the default user. Are you "
        "sure your configuration is correct?");
  } else if (may_log_in(call.args[1])) {
    call.reply.ok();
  } else {
    call.reply.error(kWrongPassword);
  }
}

void run_select(Call& call) {
  std::int64_t db = 0;
  if (!resp::parse_integer(call.args[1], db)) {
    call.reply.error("ERR value is not an integer or out of range");
  } else if (db < INT32_MIN || db > INT32_MAX) {
    call.reply.error("ERR value is out of range, value must between -2147483648 and 2147483647");
  } else if (db < 0 || db >= kDatabases) {
    call.reply.error("ERR DB index is out of range");
  } else {
    call.client.session().db = static_cast<int>(db);
    call.reply.ok();
  }
}

void run_reset(Call& call) {
  call.broker.pubsub().drop(call.client, SIZE_MAX);
  Session& session = call.client.session();
  session.protocol = resp::Protocol::kResp2;
  session.db = 0;
  session.name.clear();
  call.reply.use(session.protocol);
  call.reply.simple("RESET");
}

void run_quit(Call& call) {
  call.reply.ok();
  call.client.finish();
}

void run_client_id(Call& call) {
  call.reply.integer(static_cast<std::int64_t>(call.client.session().id));
}

void run_client_setname(Call& call) {
  if (!is_printable_word(call.args[2])) {
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
  } else if (!is_printable_word(call.args[3])) {
    call.reply.error("ERR " + std::string(option) +
                     " cannot contain spaces, newlines or special characters.");
  } else {
    *target = call.args[3];
    call.reply.ok();
  }
}

}  // namespace parley::broker
