#include "chatserver/client_address.h"

#include <span>
#include <string>

#include "chatserver/header_text.h"
#include "common/text.h"

namespace parley::chat {

namespace {

constexpr std::size_t kAddressBytesMax = 45;  // of an IPv6 address with an IPv4 one at its end

// Without a zone: one is of this machine only, and looking it up costs a system call.
std::optional<IpAddress> parse_address(std::string_view text) {
  if (text.size() > kAddressBytesMax || text.find('%') != std::string_view::npos ||
      text.find('\0') != std::string_view::npos) {
    return std::nullopt;
  }
  boost::system::error_code error;
  const IpAddress address = boost::asio::ip::make_address(std::string(text), error);
  if (error) return std::nullopt;
  return plain_address(address);
}

bool is_port(std::string_view text) {
  return !text.empty() && text.size() <= 5 &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

// Some proxies add the port: "10.1.2.3:5000", "[2001:db8::1]:5000"; some only the brackets.
std::optional<IpAddress> parse_entry(std::string_view entry) {
  if (entry.starts_with('[')) {
    const std::size_t end = entry.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view rest = entry.substr(end + 1);
    if (!rest.empty() && (rest.front() != ':' || !is_port(rest.substr(1)))) return std::nullopt;
    const auto address = parse_address(entry.substr(1, end - 1));
    return address && entry.find(':') < end ? address : std::nullopt;
  }
  const std::size_t colon = entry.find(':');
  const bool has_one_colon =
      colon != std::string_view::npos && entry.find(':', colon + 1) == std::string_view::npos;
  if (has_one_colon) {
    if (!is_port(entry.substr(colon + 1))) return std::nullopt;
    entry = entry.substr(0, colon);
  }
  return parse_address(entry);
}

bool same_bits(std::span<const unsigned char> a, std::span<const unsigned char> b, unsigned bits) {
  for (std::size_t i = 0; bits > 0; ++i) {
    const unsigned here = bits < 8 ? bits : 8;
    const auto mask = static_cast<unsigned char>(0xff << (8 - here));
    if (((a[i] ^ b[i]) & mask) != 0) return false;
    bits -= here;
  }
  return true;
}

}  // namespace

bool AddressRange::contains(const IpAddress& address) const {
  if (address.is_v4() != first.is_v4()) return false;
  return address.is_v4() ? same_bits(address.to_v4().to_bytes(), first.to_v4().to_bytes(), bits)
                         : same_bits(address.to_v6().to_bytes(), first.to_v6().to_bytes(), bits);
}

std::optional<AddressRange> parse_address_range(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = parse_address(text.substr(0, slash));
  if (!address) return std::nullopt;
  const unsigned all = address->is_v4() ? 32 : 128;
  if (slash == std::string_view::npos) return AddressRange{*address, all};
  const auto bits = read_number<unsigned>(text.substr(slash + 1));
  if (!bits || *bits > all) return std::nullopt;
  return AddressRange{*address, *bits};
}

IpAddress plain_address(const IpAddress& address) {
  if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
  return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6());
}

bool is_in(const IpAddress& address, const std::vector<AddressRange>& ranges) {
  for (const AddressRange& range : ranges) {
    if (range.contains(address)) return true;
  }
  return false;
}

IpAddress client_address(const IpAddress& peer, std::string_view forwarded_for,
                         const std::vector<AddressRange>& trusted) {
  IpAddress client = plain_address(peer);
  while (!forwarded_for.empty() && is_in(client, trusted)) {
    const std::size_t comma = forwarded_for.rfind(',');
    const bool is_last = comma == std::string_view::npos;
    const std::string_view entry = trimmed(forwarded_for.substr(is_last ? 0 : comma + 1));
    forwarded_for = forwarded_for.substr(0, is_last ? 0 : comma);
    if (entry.empty()) continue;
    const auto address = parse_entry(entry);
    if (!address) break;
    client = *address;
  }
  return client;
}

}  // namespace parley::chat
