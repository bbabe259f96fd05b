#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/listener.h"
#include "common/loop.h"

namespace parley {

/// The Content-Type of the Prometheus text format.
inline constexpr const char* kMetricsType = "text/plain; version=0.0.4; charset=utf-8";

/// Serves GET /metrics in the Prometheus text format, one request a connection. What takes longer
/// than kRequestTimeout, or is larger than a small request, is dropped.
class MetricsServer {
 public:
  static constexpr std::chrono::seconds kRequestTimeout{5};

  /// `text` makes the answer. Throws std::runtime_error when the port cannot be had.
  MetricsServer(Loop& loop, const ListenerOptions& options, std::function<std::string()> text);

  std::string address() const { return listener_.address(); }
  void close() { listener_.close(); }

 private:
  std::function<std::string()> text_;
  Listener listener_;
};

/// One measured value: a name by the conventions of Prometheus, what it means, and how it moves.
/// Values of one name with different labels stand one behind the other, with the same help.
struct Metric {
  enum class Kind { kCounter, kGauge, kHistogram };
  struct Label {
    const char* name;
    std::string value;
  };
  struct Bucket {
    double border;  // what is at most this, and above the border before it
    std::uint64_t count;
  };

  const char* name;
  const char* help;
  Kind kind;
  double value;  // of a histogram: the sum of all that was measured
  std::vector<Label> labels = {};
  std::vector<Bucket> buckets = {};  // of a histogram, borders rising
  std::uint64_t above = 0;           // what is above the last border
};

/// The text format (https://prometheus.io/docs/instrumenting/exposition_formats/).
std::string prometheus_text(const std::vector<Metric>& metrics);

}  // namespace parley
