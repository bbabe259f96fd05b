// X-Forwarded-For as a hostile client behind a trusted proxy may send it. What the client writes
// comes further left than what the proxy adds, so nothing put before a header may change who it is
// taken for.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "chatserver/client_address.h"

using parley::chat::AddressRange;
using parley::chat::client_address;
using parley::chat::IpAddress;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view header(reinterpret_cast<const char*>(data), size);
  static const std::vector<AddressRange> trusted{*parley::chat::parse_address_range("10.0.0.0/8"),
                                                 *parley::chat::parse_address_range("fd00::/8")};
  static const IpAddress proxy = boost::asio::ip::make_address("10.0.0.1");
  static const IpAddress stranger = boost::asio::ip::make_address("192.0.2.1");
  static const IpAddress client = boost::asio::ip::make_address("203.0.113.5");

  if (client_address(stranger, header, trusted) != stranger) std::abort();
  const IpAddress found = client_address(proxy, header, trusted);
  if (parley::chat::plain_address(found) != found) std::abort();
  if (!is_in(found, trusted) &&
      client_address(proxy, "198.51.100.7, " + std::string(header), trusted) != found) {
    std::abort();
  }
  if (client_address(proxy, std::string(header) + ", 203.0.113.5", trusted) != client) std::abort();

  if (const auto range = parley::chat::parse_address_range(header)) {
    if (!range->contains(range->first)) std::abort();
  }
  return 0;
}
