#include "bench/parley_bench_report.h"

#include <algorithm>
#include <cstdio>

namespace parley::bench {
namespace {

std::string plain(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.10g", value);
  return text;
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return out + '"';
}

}  // namespace

void Report::number(std::string_view name, double value) {
  fields_.push_back({std::string(name), plain(value)});
}

void Report::word(std::string_view name, std::string_view value) {
  fields_.push_back({std::string(name), quoted(value)});
}

void Report::list(std::string_view name, const std::vector<double>& values) {
  std::string text = "[";
  for (const double value : values) text += (text.size() > 1 ? ", " : "") + plain(value);
  fields_.push_back({std::string(name), text + "]"});
}

void Report::percentiles(std::string_view name, const Histogram& histogram) {
  const std::string prefix = std::string(name) + "_";
  number(prefix + "count", static_cast<double>(histogram.count()));
  number(prefix + "p50", histogram.percentile_us(0.5));
  number(prefix + "p90", histogram.percentile_us(0.9));
  number(prefix + "p99", histogram.percentile_us(0.99));
  number(prefix + "p999", histogram.percentile_us(0.999));
  number(prefix + "max", histogram.max_us());
}

std::string Report::json() const {
  std::string out = "{";
  for (const auto& field : fields_) {
    out += (out.size() > 1 ? ", " : "") + quoted(field.name) + ": " + field.value;
  }
  return out + "}\n";
}

std::string Report::text() const {
  std::size_t width = 0;
  for (const auto& field : fields_) width = std::max(width, field.name.size());
  std::string out;
  for (const auto& field : fields_) {
    out += field.name + std::string(width + 2 - field.name.size(), ' ') + field.value + "\n";
  }
  return out;
}

void report_cost(Report& report, const ServerCost& servers, const std::vector<CpuTime>& before,
                 const std::vector<CpuTime>& after, double deliveries) {
  if (!servers.known()) return;
  std::vector<double> user, system, per_delivery, resident, peak;
  double total = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    const CpuTime used = after[i] - before[i];
    user.push_back(used.user_seconds);
    system.push_back(used.system_seconds);
    total += used.total();
    if (deliveries > 0) per_delivery.push_back(used.total() * 1e6 / deliveries);
  }
  for (const Memory& memory : servers.memory()) {
    resident.push_back(memory.resident_kib);
    peak.push_back(memory.peak_kib);
  }
  // Lists have an entry for each --server-pid, in its order.
  report.number("cpu_seconds", total);
  if (deliveries > 0) report.number("cpu_us_per_delivery", total * 1e6 / deliveries);
  report.list("cpu_user_seconds_each", user);
  report.list("cpu_system_seconds_each", system);
  if (deliveries > 0) report.list("cpu_us_per_delivery_each", per_delivery);
  report.list("rss_kib_each", resident);
  report.list("rss_peak_kib_each", peak);
}

}  // namespace parley::bench
