#include "broker/loading.h"

#include <utility>

#include "broker/broker.h"
#include "broker/commands.h"

namespace parley::broker {

namespace {

// Runs the command's own reading of its arguments; an error in them is for run() to tell.
void add_needs(Broker& broker, Client& client, const Command& command, const resp::Args& args,
               StreamNeeds& needs) {
  if (command.needs == nullptr) return;
  std::string unsent;
  resp::Writer reply(unsent, client.session().protocol);
  Call call{broker, client, command, args, reply};
  command.needs(call, needs);
}

bool appends(const StreamNeed& need) {
  return need.trim.by == Trim::By::kNothing && need.range.newest_first &&
         need.range.count_max == 1 && need.range.last == kStreamIdMax;
}

}  // namespace

/// The missing things of one command.
struct Loading::Search {
  Broker& broker;
  std::vector<Asked> asked;
  bool too_early = false;  // what would be read is out of date

  void look_for(int db, const StreamNeed& need) {
    const Key* key = broker.history().database(db).find(need.key);
    if (key == nullptr || key->stream().complete()) return;
    const Stream& stream = key->stream();
    if (need.once) {
      if (stream.once_away()) ask(*key, std::nullopt);
      return;
    }
    const bool trims = need.trim.by != Trim::By::kNothing;
    const Range range = trims ? stream.trimmed_by(need.trim, need.added_first) : need.range;
    if (const auto gap = stream.missing(range)) ask(*key, gap);
  }

  // A command may change what the next one needs: unless they read or append and nothing else, or
  // there is one only, all of the stream is brought back. A transaction may go to another database
  // on its way.
  void look_for_all(int db, Client& client, const Transaction& transaction) {
    struct Touched {
      std::vector<StreamNeed> needs;
      std::size_t commands = 0;
      std::size_t last = 0;  // of these
      bool may_remove = false;
    };
    boost::unordered_flat_map<std::pair<int, std::string>, Touched> touched;
    resp::Args args;
    StreamNeeds needs;
    for (std::size_t i = 0; i < transaction.size(); ++i) {
      transaction.read_args(i, args);
      std::int64_t chosen = 0;
      if (transaction.command(i).run == run_select && resp::parse_integer(args[1], chosen) &&
          chosen >= 0 && chosen < History::kDatabases) {
        db = static_cast<int>(chosen);
      }
      needs.clear();
      const Command& command = transaction.command(i);
      add_needs(broker, client, command, args, needs);
      for (const StreamNeed& need : needs) {
        Touched& one = touched[{db, std::string(need.key)}];
        if (std::exchange(one.last, i + 1) != i + 1) ++one.commands;
        one.may_remove |= (command.flags & kWrite) && !need.once && !appends(need);
        one.needs.push_back(need);
      }
    }
    for (auto& [place, one] : touched) {
      if (one.commands > 1 && one.may_remove) {
        one.needs = {{.key = {}}, {.key = {}, .once = true}};
      }
      for (StreamNeed& need : one.needs) {
        need.key = place.second;
        look_for(place.first, need);
      }
    }
  }

 private:
  void ask(const Key& key, const std::optional<Gap>& gap) {
    for (const Asked& one : asked) {
      const bool same = one.number == key.number() && one.gap.has_value() == gap.has_value();
      if (same && (!gap || one.gap->begin == gap->begin)) return;
    }
    asked.push_back({key.db(), key.name(), key.number(), gap});
    too_early |= key.stream().dropped_commit() > broker.written_commit();
  }
};

Loading::Need Loading::look_at(Client& client, const Command& command, const resp::Args& args) {
  if (broker_.history().incomplete() == 0 && errors_.empty()) return Need::kNothing;
  const Session& session = client.session();
  Search search{broker_, {}, false};
  if (command.run == run_exec && session.transaction) {
    search.look_for_all(session.db, client, *session.transaction);
  } else {
    StreamNeeds needs;
    add_needs(broker_, client, command, args, needs);
    for (const StreamNeed& need : needs) search.look_for(session.db, need);
  }
  const auto failed = errors_.find(session.id);
  if (failed != errors_.end()) {
    error_ = std::move(failed->second);
    errors_.erase(failed);
    brought_.erase(session.id);
    if (!search.asked.empty()) return Need::kFailed;
  }
  if (search.asked.empty()) {
    brought_.erase(session.id);
    return Need::kNothing;
  }
  if (waiting_.contains(session.id)) return Need::kWait;  // woken for another reason
  if (search.too_early) {
    error_ = broker_.why_not_writable();
    if (!error_.empty()) return Need::kFailed;
    postponed_.insert(session.id);
    return Need::kWait;
  }
  ask(session.id, std::move(search.asked));
  return Need::kWait;
}

void Loading::ask(std::uint64_t client, std::vector<Asked> asked) {
  std::vector<Store::Wanted> wanted;
  for (const Asked& one : asked) wanted.push_back({one.number, one.gap});
  waiting_.insert(client);
  asked_at_.push_back(broker_.submitted_commit());
  store_.load(std::move(wanted), brought_[client],
              [this, client, asked = std::move(asked)](Store::Loaded loaded) {
                done(client, asked, std::move(loaded));
              });
}

void Loading::look_again() {
  for (const std::uint64_t id : std::exchange(postponed_, {})) {
    const auto found = broker_.clients().find(id);
    if (found != broker_.clients().end()) found->second->try_again();
  }
}

std::string Loading::error_of(const Store::Loaded& loaded) const {
  if (loaded.too_long) {
    return "ERR this needs more of the history than may be brought back from disk at once (the "
           "larger of --history-memory and 64 MiB); ask for fewer entries, with COUNT or LIMIT";
  }
  return "MISCONF Errors reading the history from disk: " + loaded.error + ". Check the disk of '" +
         store_.options().directory + "' and the broker's log";
}

void Loading::done(std::uint64_t client, const std::vector<Asked>& asked, Store::Loaded loaded) {
  History& history = broker_.history();
  waiting_.erase(client);
  asked_at_.pop_front();
  const bool failed = loaded.too_long || !loaded.error.empty();
  const std::uint64_t memory_before = history.memory_bytes();
  for (std::size_t i = 0; i < asked.size() && !failed; ++i) {
    Key* key = history.find(asked[i].db, asked[i].name);
    // What was renamed is asked for again.
    if (key == nullptr || key->number() != asked[i].number) continue;
    if (asked[i].gap) {
      history.fill(*key, *asked[i].gap, std::move(loaded.contents[i].entries));
    } else {
      history.fill_once(*key, std::move(loaded.contents[i].once));
    }
  }
  brought_[client] += history.memory_bytes() - memory_before;
  broker_.loop().gate().want_nothing();
  const auto found = broker_.clients().find(client);
  if (found == broker_.clients().end()) {
    brought_.erase(client);
    return;
  }
  if (failed) {
    errors_[client] = error_of(loaded);
    if (!loaded.too_long) {
      broker_.log().error("cannot read the history from disk: {}", loaded.error);
    }
  }
  // At once, before anything is let go of again.
  found->second->try_again();
  broker_.make_room();
}

}  // namespace parley::broker
