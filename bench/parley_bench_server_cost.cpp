#include "bench/parley_bench_server_cost.h"

#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>

#include "bench/parley_bench_connection.h"

namespace parley::bench {
namespace {

std::string read_proc(int pid, const char* file) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/" + file);
  std::stringstream text;
  if (!in || !(text << in.rdbuf())) {
    throw BenchError("server process " + std::to_string(pid) + " is gone (or never was)");
  }
  return text.str();
}

double status_kib(const std::string& status, const std::string& field) {
  const auto at = status.find(field + ":");
  return at == status.npos ? 0 : std::stod(status.substr(at + field.size() + 1));
}

}  // namespace

ServerCost::ServerCost(std::vector<int> pids) : pids_(std::move(pids)) {
  cpu();
}

std::vector<CpuTime> ServerCost::cpu() const {
  const double ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  std::vector<CpuTime> times;
  for (const int pid : pids_) {
    const std::string stat = read_proc(pid, "stat");
    // The program's name may hold blanks; field 3 follows its closing parenthesis.
    std::istringstream fields(stat.substr(stat.rfind(')') + 1));
    std::string skipped;
    for (int field = 3; field < 14; ++field) fields >> skipped;
    double user = 0;
    double system = 0;
    fields >> user >> system;
    times.push_back({user / ticks, system / ticks});
  }
  return times;
}

std::vector<Memory> ServerCost::memory() const {
  std::vector<Memory> all;
  for (const int pid : pids_) {
    const std::string status = read_proc(pid, "status");
    all.push_back({status_kib(status, "VmRSS"), status_kib(status, "VmHWM")});
  }
  return all;
}

}  // namespace parley::bench
