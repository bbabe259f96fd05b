#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/parley_bench_histogram.h"
#include "bench/parley_bench_server_cost.h"

namespace parley::bench {

/// The figures of a run, in the order in which they were added: JSON or text.
class Report {
 public:
  void number(std::string_view name, double value);
  void word(std::string_view name, std::string_view value);
  void list(std::string_view name, const std::vector<double>& values);
  /// The number of samples and p50 to max, as NAME_count, NAME_p50 and so on.
  void percentiles(std::string_view name, const Histogram& histogram);

  std::string json() const;
  std::string text() const;

 private:
  struct Field {
    std::string name;
    std::string value;  // as JSON
  };
  std::vector<Field> fields_;
};

/// What the servers used between two looks. With deliveries also per delivery.
void report_cost(Report& report, const ServerCost& servers, const std::vector<CpuTime>& before,
                 const std::vector<CpuTime>& after, double deliveries);

}  // namespace parley::bench
