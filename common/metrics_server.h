#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/listener.h"
#include "common/loop.h"

namespace parley {

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
struct Metric {
  enum class Kind { kCounter, kGauge };

  const char* name;
  const char* help;
  Kind kind;
  double value;
};

/// The text format (https://prometheus.io/docs/instrumenting/exposition_formats/).
std::string prometheus_text(const std::vector<Metric>& metrics);

}  // namespace parley
