#pragma once

#include <string>
#include <vector>

#include "broker/command.h"

namespace parley::broker {

/// The clients that watch all commands (MONITOR). Belongs to the Broker, on its thread.
class Monitors {
 public:
  void add(Client& client);
  void remove(Client& client);
  bool empty() const { return clients_.empty(); }

  /// Shows a command that ran. Those for administrators are not shown, nor are passwords.
  void show(const Call& call);

 private:
  std::vector<Client*> clients_;
};

/// A word as MONITOR shows it: in double quotes, what cannot be printed escaped.
void append_quoted(std::string& out, std::string_view word);

}  // namespace parley::broker
