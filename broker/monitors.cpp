#include "broker/monitors.h"

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "broker/client.h"
#include "broker/commands.h"
#include "common/text.h"

namespace parley::broker {

namespace {

constexpr std::string_view kHidden = "(redacted)";

std::string time_now() {
  using namespace std::chrono;
  const auto now = duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
  char text[40];
  std::snprintf(text, sizeof text, "%lld.%06lld", static_cast<long long>(now / 1'000'000),
                static_cast<long long>(now % 1'000'000));
  return text;
}

// AUTH [user] password, HELLO 3 AUTH user password: neither user nor password is shown.
bool is_secret(const Call& call, std::size_t index) {
  if (call.command.run == run_auth) return index > 0;
  if (call.command.run != run_hello) return false;
  for (std::size_t back = 1; back <= 2 && back + 2 <= index; ++back) {
    if (equals_ignoring_case(call.args[index - back], "auth")) return true;
  }
  return false;
}

}  // namespace

void append_quoted(std::string& out, std::string_view word) {
  out.push_back('"');
  for (const char c : word) {
    constexpr std::string_view kEscaped = "\\\"\n\r\t\a\b";
    const auto at = kEscaped.find(c);
    if (at != std::string_view::npos) {
      out.push_back('\\');
      out.push_back("\\\"nrtab"[at]);
    } else if (c >= 0x20 && c < 0x7f) {
      out.push_back(c);
    } else {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\x%02x", static_cast<unsigned char>(c));
      out.append(escape);
    }
  }
  out.push_back('"');
}

void Monitors::add(Client& client) {
  if (client.session().monitors) return;
  client.session().monitors = true;
  clients_.push_back(&client);
}

void Monitors::remove(Client& client) {
  if (!client.session().monitors) return;
  client.session().monitors = false;
  std::erase(clients_, &client);
}

void Monitors::show(const Call& call) {
  if (call.command.flags & kAdmin) return;
  const Session& session = call.client.session();
  std::string line =
      "+" + time_now() + " [" + std::to_string(session.db) + " " + session.peer + "]";
  for (std::size_t i = 0; i < call.args.size(); ++i) {
    line.push_back(' ');
    append_quoted(line, is_secret(call, i) ? kHidden : call.args[i]);
  }
  line += "\r\n";
  for (Client* client : clients_) client->tell(line);
}

}  // namespace parley::broker
