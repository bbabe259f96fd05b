#include "broker/broker.h"
#include "broker/client_names.h"
#include "broker/commands.h"
#include "broker/info.h"
#include "common/text.h"

namespace parley::broker {

namespace {

constexpr int kDatabases = 16;

constexpr std::string_view kWrongPassword =
    "WRONGPASS invalid username-password pair or user is disabled.";

// There is one user. Without a password he gets in with any.
bool may_log_in(Broker& broker, std::string_view user, std::string_view password) {
  if (user != "default") return false;
  return broker.options().password.empty() || broker.options().password.matches(password);
}

constexpr std::string_view kLogInFirst =
    "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO "
    "<proto> "
    "AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol "
    "version at the same time";

// What HELLO was asked for.
struct Greeting {
  resp::Protocol protocol;
  const std::string_view* name = nullptr;
  bool logs_in = false;
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
      if (!may_log_in(call.broker, args[i + 1], args[i + 2])) {
        call.broker.log().info("client {} at {}: HELLO with a wrong user or password",
                               call.client.session().id, call.client.session().peer);
        call.reply.error(kWrongPassword);
        return false;
      }
      greeting.logs_in = true;
      i += 2;
    } else if (equals_ignoring_case(args[i], "setname") && left >= 1) {
      greeting.name = &args[++i];
      if (is_client_name(*greeting.name)) continue;
      call.reply.error(kBadName);
      return false;
    } else {
      call.reply.error("ERR Syntax error in HELLO option '" + std::string(args[i]) + "'");
      return false;
    }
  }
  if (call.broker.needs_password(call.client) && !greeting.logs_in) {
    call.reply.error(kLogInFirst);
    return false;
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
  if (greeting.logs_in) session.authenticated = true;
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
  const bool names_user = call.args.size() == 3;
  if (call.args.size() > 3) {
    call.reply.error(kSyntaxError);
  } else if (!names_user && call.broker.options().password.empty()) {
    call.reply.error(
        "ERR AUTH <password> called without any password configured for the default user. Are you "
        "sure your configuration is correct?");
  } else if (may_log_in(call.broker, names_user ? call.args[1] : "default", call.args.back())) {
    call.client.session().authenticated = true;
    call.reply.ok();
  } else {
    call.broker.log().info("client {} at {}: AUTH with a wrong user or password",
                           call.client.session().id, call.client.session().peer);
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
  call.broker.monitors().remove(call.client);
  end_transaction(call.broker, call.client);
  Session& session = call.client.session();
  session.protocol = resp::Protocol::kResp2;
  session.db = 0;
  session.name.clear();
  session.authenticated = call.broker.options().password.empty();
  session.silence = {};
  session.no_evict = session.no_touch = false;
  call.reply.use(session.protocol);
  call.reply.simple("RESET");
}

void run_quit(Call& call) {
  call.reply.ok();
  call.client.finish();
}

}  // namespace parley::broker
