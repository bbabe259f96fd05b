#include "common/metrics_server.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

namespace parley {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

namespace {

constexpr auto kResult = asio::as_tuple(asio::use_awaitable);

http::response<http::string_body> answer(const http::request<http::empty_body>& request,
                                         const std::function<std::string()>& text) {
  const bool found = request.target() == "/metrics" && request.method() == http::verb::get;
  http::response<http::string_body> response{found ? http::status::ok : http::status::not_found,
                                             request.version()};
  response.set(http::field::content_type, kMetricsType);
  response.body() = found ? text() : "GET /metrics is all there is\n";
  response.keep_alive(false);
  response.prepare_payload();
  return response;
}

asio::awaitable<void> serve(beast::tcp_stream stream, const std::function<std::string()>& text) {
  stream.expires_after(MetricsServer::kRequestTimeout);
  beast::flat_buffer buffer(8 * 1024);
  http::request<http::empty_body> request;
  const auto [read_error, read] = co_await http::async_read(stream, buffer, request, kResult);
  if (read_error) co_return;
  const auto response = answer(request, text);
  co_await http::async_write(stream, response, kResult);
  beast::error_code ignored;
  stream.socket().shutdown(Listener::Socket::shutdown_send, ignored);
}

}  // namespace

MetricsServer::MetricsServer(Loop& loop, const ListenerOptions& options,
                             std::function<std::string()> text)
    : text_(std::move(text)), listener_(loop, options) {
  listener_.start([this, &loop](Listener::Socket socket) {
    asio::co_spawn(loop.io(), serve(beast::tcp_stream(std::move(socket)), text_), asio::detached);
  });
}

namespace {

prometheus::MetricType type_of(Metric::Kind kind) {
  switch (kind) {
    case Metric::Kind::kCounter:
      return prometheus::MetricType::Counter;
    case Metric::Kind::kGauge:
      return prometheus::MetricType::Gauge;
    case Metric::Kind::kHistogram:
      break;
  }
  return prometheus::MetricType::Histogram;
}

prometheus::ClientMetric value_of(const Metric& metric) {
  prometheus::ClientMetric value;
  for (const Metric::Label& label : metric.labels) value.label.push_back({label.name, label.value});
  value.counter.value = value.gauge.value = metric.value;
  if (metric.kind != Metric::Kind::kHistogram) return value;
  std::uint64_t count = 0;
  for (const Metric::Bucket& bucket : metric.buckets) {
    count += bucket.count;
    value.histogram.bucket.push_back({count, bucket.border});
  }
  value.histogram.sample_count = count + metric.above;
  value.histogram.sample_sum = metric.value;
  return value;
}

}  // namespace

std::string prometheus_text(const std::vector<Metric>& metrics) {
  std::vector<prometheus::MetricFamily> families;
  for (const Metric& metric : metrics) {
    if (families.empty() || families.back().name != metric.name) {
      families.push_back({metric.name, metric.help, type_of(metric.kind), {}});
    }
    families.back().metric.push_back(value_of(metric));
  }
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace parley
