#pragma once

#include <string>

namespace parley::broker {

class Broker;

/// What the broker counts, for Prometheus.
std::string metrics_text(Broker& broker);

}  // namespace parley::broker
