#include "chatserver/address_table.h"

namespace parley::chat {

std::optional<AddressTable::Place> AddressTable::take(const IpAddress& address) {
  if (connections_max_ == 0) return Place();
  const Key key = key_of(address);
  const std::lock_guard guard(lock_);
  std::uint32_t& count = counts_[key];
  if (count >= connections_max_) return std::nullopt;
  ++count;
  return Place(*this, key);
}

void AddressTable::give_back(const Key& key) {
  const std::lock_guard guard(lock_);
  const auto found = counts_.find(key);
  if (--found->second == 0) counts_.erase(found);
}

std::size_t AddressTable::size() const {
  const std::lock_guard guard(lock_);
  return counts_.size();
}

AddressTable::Key AddressTable::key_of(const IpAddress& address) {
  const IpAddress plain = plain_address(address);
  if (plain.is_v4()) return {plain.to_v4().to_uint(), false};
  const auto bytes = plain.to_v6().to_bytes();
  std::uint64_t network = 0;
  for (std::size_t i = 0; i < 8; ++i) network = network << 8 | bytes[i];
  return {network, true};
}

}  // namespace parley::chat
