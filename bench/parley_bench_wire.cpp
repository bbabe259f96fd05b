#include "bench/parley_bench_wire.h"

#include "bench/parley_bench_nats.h"
#include "bench/parley_bench_resp.h"
#include "bench/parley_bench_socket_io.h"
#include "bench/parley_bench_ws_json.h"
#include "bench/parley_bench_ws_text.h"

namespace parley::bench {

std::unique_ptr<Wire> make_wire(const Options& options) {
  switch (options.proto) {
    case Proto::resp:
      return std::make_unique<RespWire>();
    case Proto::nats:
      return std::make_unique<NatsWire>();
    case Proto::ws:
      return std::make_unique<WsTextWire>(options.host, options.path);
    case Proto::ws_json:
      return std::make_unique<WsJsonWire>(options.host, options.path);
    case Proto::socket_io:
      return std::make_unique<SocketIoWire>(options.host);
  }
  throw BenchError("unknown protocol");
}

std::uint64_t Wire::append_bulk(std::string&, Bulk, std::span<const std::string>) {
  throw BenchError("this protocol has no subscriptions in bulk");
}

void read_into(Connection& connection, Wire& wire, Sink& sink, std::string& answers,
               Scratch& scratch) {
  const std::string_view in = connection.receive(scratch);
  if (in.empty()) return;
  connection.keep(in.substr(wire.parse(in, sink)));
  if (answers.empty()) return;
  connection.out() += answers;
  answers.clear();
  connection.flush();
}

void await_confirmations(Connection& connection, Wire& wire, std::uint64_t wanted, Tally& tally,
                         Scratch& scratch) {
  const auto deadline = after(connection.timeout_seconds());
  while (tally.confirmations < wanted) {
    if (!connection.wait_readable(deadline)) {
      connection.fail("not confirmed in time: " + std::to_string(tally.confirmations) + " of " +
                      std::to_string(wanted));
    }
    read_into(connection, wire, tally, tally.answers, scratch);
    if (!tally.first_error.empty()) connection.fail(tally.first_error);
  }
}

}  // namespace parley::bench
