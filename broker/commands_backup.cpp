#include <algorithm>

#include "broker/broker.h"
#include "broker/commands.h"

namespace parley::broker {

namespace {

constexpr std::size_t kNameBytesMax = 64;

// A name and no path: nobody makes this broker write elsewhere.
bool is_backup_name(std::string_view name) {
  return !name.empty() && name.size() <= kNameBytesMax && name.front() != '.' &&
         std::ranges::all_of(name, [](unsigned char c) {
           return c < 0x80 && (std::isalnum(c) || c == '-' || c == '_' || c == '.');
         });
}

void answer(Broker& broker, std::uint64_t id, const std::string& directory,
            const std::string& error) {
  if (error.empty()) {
    broker.log().info("a backup of the history is in '{}'", directory);
  } else {
    broker.log().error("cannot make a backup of the history in '{}': {}", directory, error);
  }
  const auto found = broker.clients().find(id);
  if (found == broker.clients().end()) return;
  std::string text;
  resp::Writer reply(text, found->second->session().protocol);
  if (error.empty()) {
    reply.bulk(directory);
  } else {
    reply.error("ERR no backup was made in '" + directory + "': " + error);
  }
  found->second->unblock(text);
}

}  // namespace

// BACKUP name
void run_backup(Call& call) {
  Store* store = call.broker.store();
  const std::string_view name = call.args[1];
  if (store == nullptr) {
    call.reply.error("ERR streams are in memory only; start the broker with --data DIR");
    return;
  }
  if (!is_backup_name(name)) {
    call.reply.error("ERR the name of a backup is 1 to " + std::to_string(kNameBytesMax) +
                     " letters, digits, '-', '_' and '.', and does not begin with '.'");
    return;
  }
  const std::string directory = store->options().directory + "/backups/" + std::string(name);
  call.broker.hand_over_changes();
  call.client.block();
  store->backup(directory, [&broker = call.broker, id = call.client.session().id, directory](
                               const std::string& error) { answer(broker, id, directory, error); });
}

}  // namespace parley::broker
