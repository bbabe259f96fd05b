#pragma once

#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace parley::chat {

using IpAddress = boost::asio::ip::address;

/// An address, or all that begin with the same bits.
struct AddressRange {
  IpAddress first;
  unsigned bits = 0;

  bool contains(const IpAddress& address) const;
};

/// "10.1.2.3", "10.0.0.0/8", "fd00::/8"; nothing for anything else.
std::optional<AddressRange> parse_address_range(std::string_view text);

/// An IPv4 address in the form of IPv6 (::ffff:10.1.2.3) is the IPv4 address.
IpAddress plain_address(const IpAddress& address);

bool is_in(const IpAddress& address, const std::vector<AddressRange>& ranges);

/// Who is behind a trusted proxy: the right-most address of X-Forwarded-For (all of its fields,
/// joined by commas) that is no trusted proxy itself. What stands further left was written by
/// whoever asked and may be a lie. An entry that is no address ends the search: the client is then
/// the last proxy before it, `peer` if there is none.
IpAddress client_address(const IpAddress& peer, std::string_view forwarded_for,
                         const std::vector<AddressRange>& trusted);

}  // namespace parley::chat
