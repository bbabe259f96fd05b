#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/client.h"

namespace parley::broker {

/// What CLIENT LIST and CLIENT KILL know a connection as. There are no replicas and no masters.
enum class ClientType : std::uint8_t { kNormal, kPubsub, kReplica, kMaster };

/// "normal", "pubsub", "replica" (also "slave") or "master", in any case.
std::optional<ClientType> read_client_type(std::string_view word);
ClientType type_of(const Client& client);

/// Which clients somebody means; what is not set leaves nobody out.
struct ClientFilter {
  std::optional<std::uint64_t> id;
  std::optional<ClientType> type;
  std::optional<std::string_view> user;
  std::optional<std::string_view> peer;
  std::optional<std::string_view> local;
  std::int64_t age_seconds_min = 0;
  bool accepts(const Client& client) const;
};

/// The line of one client in CLIENT LIST, with its line end.
std::string describe(Client& client, Broker& broker);

}  // namespace parley::broker
