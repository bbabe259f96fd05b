#include <algorithm>
#include <vector>

#include "broker/broker.h"
#include "broker/commands.h"
#include "broker/glob.h"
#include "broker/settings.h"

namespace parley::broker {

namespace {

bool is_glob(std::string_view word) {
  return word.find_first_of("[*?") != std::string_view::npos;
}

struct Shown {
  std::string_view name;  // as typed, if it was no glob
  const Setting* setting;
};

void show(std::vector<Shown>& shown, std::string_view name, const Setting& setting) {
  const bool known = std::any_of(shown.begin(), shown.end(),
                                 [&](const Shown& other) { return other.setting == &setting; });
  if (!known) shown.push_back({name, &setting});
}

struct Change {
  const Setting* setting;
  std::string_view value;
};

std::string failure(std::string_view name, std::string_view why) {
  return "ERR CONFIG SET failed (possibly related to argument '" + std::string(name) + "') - " +
         std::string(why);
}

// The name and value of each change; all names are looked at before any value. Returns the error.
std::string read_changes(Call& call, std::vector<Change>& changes) {
  for (std::size_t i = 2; i < call.args.size(); i += 2) {
    const Setting* setting = find_setting(call.args[i]);
    if (setting == nullptr) {
      return "ERR Unknown option or number of arguments for CONFIG SET - '" +
             std::string(call.args[i]) + "'";
    }
    if (setting->set == nullptr) return failure(setting->name, "can't set immutable config");
    const bool twice = std::any_of(changes.begin(), changes.end(),
                                   [&](const Change& other) { return other.setting == setting; });
    if (twice) return failure(setting->name, "duplicate parameter");
    changes.push_back({setting, call.args[i + 1]});
  }
  for (const Change& change : changes) {
    const Setting& setting = *change.setting;
    const std::string error = setting.set(call.broker, setting, change.value, false);
    if (!error.empty()) return failure(setting.name, error);
  }
  return {};
}

}  // namespace

void run_config_get(Call& call) {
  std::vector<Shown> shown;
  for (std::size_t i = 2; i < call.args.size(); ++i) {
    const std::string_view word = call.args[i];
    if (!is_glob(word)) {
      const Setting* setting = find_setting(word);
      if (setting) show(shown, word, *setting);
      continue;
    }
    for (const Setting& setting : settings()) {
      if (glob_match_nocase(word, setting.name)) show(shown, setting.name, setting);
    }
  }
  call.reply.map(shown.size());
  for (const auto& [name, setting] : shown) {
    call.reply.bulk(name);
    call.reply.bulk(setting->get(call.broker, *setting));
  }
}

// All or nothing: what is applied has been checked before.
void run_config_set(Call& call) {
  if (call.args.size() % 2 != 0) {
    call.reply.error(kSyntaxError);
    return;
  }
  std::vector<Change> changes;
  const std::string error = read_changes(call, changes);
  if (!error.empty()) {
    call.reply.error(error);
    return;
  }
  for (const Change& change : changes) {
    change.setting->set(call.broker, *change.setting, change.value, true);
    call.broker.log().info("client {} at {} sets {}", call.client.session().id,
                           call.client.session().peer, change.setting->name);
  }
  call.reply.ok();
}

void run_config_resetstat(Call& call) {
  Stats fresh;
  fresh.started_at = call.broker.stats().started_at;
  fresh.run_id = call.broker.stats().run_id;
  call.broker.stats() = fresh;
  call.broker.command_stats().reset();
  call.reply.ok();
}

void run_config_rewrite(Call& call) {
  call.reply.error("ERR The server is running without a config file");
}

}  // namespace parley::broker
