#pragma once

#include <chrono>
#include <string>

#include "chatserver/numbers.h"

namespace parley::chat {

/// What is known besides the numbers.
struct MetricsContext {
  std::size_t workers;
  bool is_mesh;  // servers meet without a broker
  std::chrono::seconds uptime;
};

/// The sums over all workers in the Prometheus text format.
std::string metrics_text(const Numbers& sums, const MetricsContext& context);

}  // namespace parley::chat
