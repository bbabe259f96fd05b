#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>

#include "chatserver/client_address.h"

namespace parley::chat {

/// How many connections each address has, over all workers, and a limit on it. Of IPv6 a /64
/// counts as one address: that is what a household gets, and whoever has one has all of it.
///
/// Any thread. It has a lock of its own, because a limit for each worker would let through as many
/// times more as the kernel happens to spread them; taken when a connection begins and ends, for a
/// look into a hash table. Outlives its places.
class AddressTable {
  struct Key {
    std::uint64_t bits;
    bool is_v6;
    bool operator==(const Key&) const = default;
    friend std::size_t hash_value(const Key& key) {
      // Spread out, for a table that takes the bits as they are.
      return (key.bits * 2 + (key.is_v6 ? 1 : 0)) * 0x9e3779b97f4a7c15U;
    }
  };

 public:
  /// One connection's share; given back when it is destroyed.
  class Place {
   public:
    Place() = default;
    Place(Place&& other) noexcept
        : table_(std::exchange(other.table_, nullptr)), key_(other.key_) {}
    Place& operator=(Place&& other) noexcept {
      std::swap(table_, other.table_);
      std::swap(key_, other.key_);
      return *this;
    }
    ~Place() {
      if (table_ != nullptr) table_->give_back(key_);
    }

   private:
    friend class AddressTable;
    Place(AddressTable& table, const Key& key) : table_(&table), key_(key) {}

    AddressTable* table_ = nullptr;
    Key key_{};
  };

  /// 0: no limit, and nothing is counted.
  explicit AddressTable(std::uint32_t connections_max) : connections_max_(connections_max) {}

  /// Nothing if the address has as many as it may.
  std::optional<Place> take(const IpAddress& address);
  /// Addresses that have a connection.
  std::size_t size() const;

 private:
  static Key key_of(const IpAddress& address);
  void give_back(const Key& key);

  const std::uint32_t connections_max_;
  mutable std::mutex lock_;
  boost::unordered_flat_map<Key, std::uint32_t> counts_;
};

}  // namespace parley::chat
