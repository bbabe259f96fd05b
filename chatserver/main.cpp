#include "chatserver/bus_url.h"
#include "chatserver/options.h"
#include "chatserver/workers.h"
#include "common/program.h"

namespace {

using namespace parley;

int run(const chat::Options& options) {
  const auto log = make_log("chat", options.log);
  chat::Workers workers(*log, options);
  log->info("parley-chat {}: bus {}, {} worker(s), page {}; TLS is off", kVersion,
            chat::without_password(options.bus), workers.size(),
            options.www.empty() ? "off (--www is not given)" : options.www);
  workers.run();
  log->info("stopped");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return run_program("parley-chat", [&] { return run(chat::parse_options(argc, argv)); });
}
