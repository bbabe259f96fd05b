#include "common/metrics_server.h"

#include <gtest/gtest.h>

#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <string>

#include "tests/unit/common/connection.h"

namespace parley {
namespace {

using tcp = boost::asio::ip::tcp;

// A server with one metric, and a scraper that asks it.
struct Scraped {
  Loop loop;
  int asked = 0;
  MetricsServer server{loop, {}, [this] { return "up " + std::to_string(++asked) + "\n"; }};

  tcp::socket connect() {
    const std::string address = server.address();
    const auto port = std::stoi(address.substr(address.rfind(':') + 1));
    tcp::socket socket(loop.io());
    socket.connect({boost::asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(port)});
    return socket;
  }
  // All that comes back before the server closes the connection.
  std::string answer(std::string_view request) {
    tcp::socket socket = connect();
    boost::system::error_code error;
    boost::asio::write(socket, boost::asio::buffer(request), error);
    socket.non_blocking(true);
    std::string all;
    char bytes[4096];
    run_until(loop, [&] {
      all.append(bytes, socket.read_some(boost::asio::buffer(bytes), error));
      return error && error != boost::asio::error::would_block;
    });
    return all;
  }
};

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST(MetricsServer, AnswersAScrapeAndCloses) {
  Scraped scraped;
  const std::string answer = scraped.answer("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
  EXPECT_TRUE(holds(answer, "\r\nContent-Type: text/plain; version=0.0.4")) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\nup 1\n")) << answer;
}

TEST(MetricsServer, EachScrapeIsMadeAnew) {
  Scraped scraped;
  scraped.answer("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string answer = scraped.answer("GET /metrics HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(answer.ends_with("\r\n\r\nup 2\n")) << answer;
}

TEST(MetricsServer, EverythingElseIsNotFound) {
  for (const char* const line :
       {"GET / ", "POST /metrics ", "GET /metrics/.. ", "DELETE /metrics "}) {
    Scraped scraped;
    const std::string answer = scraped.answer(std::string(line) + "HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 404 ")) << answer;
    EXPECT_EQ(scraped.asked, 0);
  }
}

TEST(MetricsServer, JunkAndHugeRequestsAreDropped) {
  Scraped scraped;
  EXPECT_EQ(scraped.answer("*1\r\n$4\r\nPING\r\n\r\n\r\n"), "");
  EXPECT_EQ(scraped.answer("GET /metrics HTTP/1.1\r\nX: " + std::string(20000, 'x')), "");
  EXPECT_EQ(scraped.asked, 0);
}

TEST(MetricsServer, WhoGoesAwayWithoutAWordDoesNoHarm) {
  Scraped scraped;
  scraped.connect().close();
  EXPECT_TRUE(holds(scraped.answer("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"), " 200 "));
}

TEST(MetricsServer, AValueIsNameHelpKindAndNumber) {
  EXPECT_EQ(
      prometheus_text({{"parley_clients", "Open connections.", Metric::Kind::kGauge, 3},
                       {"parley_sent_bytes_total", "Sent.", Metric::Kind::kCounter, 12345678}}),
      "# HELP parley_clients Open connections.\n"
      "# TYPE parley_clients gauge\n"
      "parley_clients 3\n"
      "# HELP parley_sent_bytes_total Sent.\n"
      "# TYPE parley_sent_bytes_total counter\n"
      "parley_sent_bytes_total 12345678\n");
}

TEST(MetricsServer, ValuesOfOneNameShareItsHelpAndDifferInTheirLabels) {
  const auto kGauge = Metric::Kind::kGauge;
  EXPECT_EQ(prometheus_text({{"parley_clients", "Open.", kGauge, 3, {{"form", "text"}}},
                             {"parley_clients", "Open.", kGauge, 4, {{"form", "a\"b\\c\nd"}}}}),
            "# HELP parley_clients Open.\n"
            "# TYPE parley_clients gauge\n"
            "parley_clients{form=\"text\"} 3\n"
            "parley_clients{form=\"a\\\"b\\\\c\\nd\"} 4\n");
}

TEST(MetricsServer, AHistogramCountsUpToEachBorder) {
  Metric metric{"parley_lag_seconds", "Lag.", Metric::Kind::kHistogram, 7.25};
  metric.buckets = {{0.25, 3}, {2.5, 2}};
  metric.above = 1;
  EXPECT_EQ(prometheus_text({metric}),
            "# HELP parley_lag_seconds Lag.\n"
            "# TYPE parley_lag_seconds histogram\n"
            "parley_lag_seconds_count 6\n"
            "parley_lag_seconds_sum 7.25\n"
            "parley_lag_seconds_bucket{le=\"0.25\"} 3\n"
            "parley_lag_seconds_bucket{le=\"2.5\"} 5\n"
            "parley_lag_seconds_bucket{le=\"+Inf\"} 6\n");
}

}  // namespace
}  // namespace parley
