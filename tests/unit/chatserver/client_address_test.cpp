#include "chatserver/client_address.h"

#include <gtest/gtest.h>

#include <string>

#include "chatserver/address_table.h"

namespace parley::chat {
namespace {

IpAddress ip(const std::string& text) {
  return boost::asio::ip::make_address(text);
}

TEST(AddressRange, HoldsWhatBeginsWithItsBits) {
  struct Row {
    const char* range;
    const char* address;
    bool is_in;
  };
  for (const Row& row : {Row{"10.1.2.3", "10.1.2.3", true},
                         {"10.1.2.3", "10.1.2.4", false},
                         {"10.0.0.0/8", "10.255.0.1", true},
                         {"10.0.0.0/8", "11.0.0.1", false},
                         {"10.9.9.9/8", "10.1.1.1", true},
                         {"10.1.2.128/25", "10.1.2.127", false},
                         {"10.1.2.128/25", "10.1.2.200", true},
                         {"0.0.0.0/0", "203.0.113.9", true},
                         {"0.0.0.0/0", "2001:db8::1", false},
                         {"::/0", "10.1.2.3", false},
                         {"fd00::/8", "fdff::1", true},
                         {"fd00::/8", "fe00::1", false},
                         {"2001:db8:0:1::/63", "2001:db8:0:0::5", true},
                         {"::ffff:10.1.2.3", "10.1.2.3", true}}) {
    const auto range = parse_address_range(row.range);
    ASSERT_TRUE(range) << row.range;
    EXPECT_EQ(range->contains(ip(row.address)), row.is_in) << row.range << " " << row.address;
  }
}

TEST(AddressRange, NothingElseIsOne) {
  for (const char* text : {"", "/8", "10.0.0/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1",
                           "10.0.0.0/8 ", "10.0.0.0/8/8", "fd00::/129", "localhost", "*",
                           "fe80::1%lo", "010.0.0.1", "[::1]", "10.0.0.1:80"}) {
    EXPECT_FALSE(parse_address_range(text)) << text;
  }
}

struct ClientAddress : testing::Test {
  std::vector<AddressRange> trusted{*parse_address_range("10.0.0.0/8"),
                                    *parse_address_range("fd00::/8")};

  std::string of(const std::string& header, const std::string& peer = "10.0.0.1") const {
    return client_address(ip(peer), header, trusted).to_string();
  }
};

TEST_F(ClientAddress, IsTheRightMostThatIsNoProxy) {
  EXPECT_EQ(of("203.0.113.5"), "203.0.113.5");
  EXPECT_EQ(of("1.2.3.4, 203.0.113.5"), "203.0.113.5");
  EXPECT_EQ(of("1.2.3.4,203.0.113.5 ,\t10.0.0.2, fd00::7"), "203.0.113.5");
  EXPECT_EQ(of("203.0.113.5", "fd00::1"), "203.0.113.5");
}

TEST_F(ClientAddress, WhoIsNoProxyIsNotBelieved) {
  EXPECT_EQ(of("203.0.113.5", "192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(of("203.0.113.5", "2001:db8::1"), "2001:db8::1");
}

TEST_F(ClientAddress, WithoutTheHeaderItIsTheProxy) {
  EXPECT_EQ(of(""), "10.0.0.1");
  EXPECT_EQ(of(" , ,"), "10.0.0.1");
}

TEST_F(ClientAddress, WhereAllAreProxiesItIsTheFirst) {
  EXPECT_EQ(of("10.0.0.9, 10.0.0.2"), "10.0.0.9");
}

TEST_F(ClientAddress, JunkEndsTheSearchAtTheProxyThatPassedItOn) {
  for (const char* junk : {"unknown", "_hidden", "203.0.113", "1.2.3.4:", "1.2.3.4:x", "[::1",
                           "[::1]x", "[1.2.3.4]", "fe80::1%eth0", "1.2.3.4 5.6.7.8"}) {
    EXPECT_EQ(of("203.0.113.5, " + std::string(junk)), "10.0.0.1") << junk;
    EXPECT_EQ(of("203.0.113.5, " + std::string(junk) + ", 10.0.0.2"), "10.0.0.2") << junk;
  }
}

TEST_F(ClientAddress, AnEntryMayHaveAPort) {
  EXPECT_EQ(of("203.0.113.5:5000"), "203.0.113.5");
  EXPECT_EQ(of("[2001:db8::1]:5000"), "2001:db8::1");
  EXPECT_EQ(of("[2001:db8::1]"), "2001:db8::1");
  EXPECT_EQ(of("2001:db8::1"), "2001:db8::1");
}

TEST_F(ClientAddress, IPv4InTheFormOfIPv6IsIPv4) {
  EXPECT_EQ(of("::ffff:203.0.113.5", "::ffff:10.0.0.1"), "203.0.113.5");
}

TEST(AddressTable, CountsEachAddressUpToTheLimit) {
  AddressTable table(2);
  auto first = table.take(ip("203.0.113.5"));
  const auto second = table.take(ip("::ffff:203.0.113.5"));
  EXPECT_TRUE(first && second);
  EXPECT_FALSE(table.take(ip("203.0.113.5")));
  EXPECT_TRUE(table.take(ip("203.0.113.6")));
  first.reset();
  EXPECT_TRUE(table.take(ip("203.0.113.5")));
}

TEST(AddressTable, ASlash64OfIPv6IsOneAddress) {
  AddressTable table(1);
  const auto place = table.take(ip("2001:db8:0:1::1"));
  EXPECT_FALSE(table.take(ip("2001:db8:0:1:ffff::2")));
  EXPECT_TRUE(table.take(ip("2001:db8:0:2::1")));
  EXPECT_TRUE(table.take(ip("0.0.0.1")));
}

TEST(AddressTable, RemembersNobodyWhoHasLeft) {
  AddressTable table(1);
  {
    auto place = table.take(ip("203.0.113.5"));
    AddressTable::Place moved = std::move(*place);
    EXPECT_EQ(table.size(), 1u);
  }
  EXPECT_EQ(table.size(), 0u);
  EXPECT_TRUE(AddressTable(0).take(ip("203.0.113.5")));
}

}  // namespace
}  // namespace parley::chat
