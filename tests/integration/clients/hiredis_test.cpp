// hiredis, the C client that most others are measured by, against a running broker.
// usage: hiredis_test PORT. Exit code 0 if all went as it should.
#include <hiredis/hiredis.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

namespace {

struct FreeReply {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
struct FreeContext {
  void operator()(redisContext* context) const { redisFree(context); }
};
using Reply = std::unique_ptr<redisReply, FreeReply>;
using Context = std::unique_ptr<redisContext, FreeContext>;

int failures = 0;

void expect(bool condition, const char* what) {
  std::printf("%s %s\n", condition ? "ok  " : "FAIL", what);
  if (!condition) ++failures;
}

Context connect(int port) {
  const timeval deadline{10, 0};
  Context context(redisConnectWithTimeout("127.0.0.1", port, deadline));
  if (!context || context->err) {
    std::printf("cannot connect: %s\n", context ? context->errstr : "no memory");
    std::exit(1);
  }
  redisSetTimeout(context.get(), deadline);
  return context;
}

template <typename... Args>
Reply ask(const Context& context, const char* format, Args... args) {
  return Reply(static_cast<redisReply*>(redisCommand(context.get(), format, args...)));
}

Reply next(const Context& context) {
  void* reply = nullptr;
  if (redisGetReply(context.get(), &reply) != REDIS_OK) return nullptr;
  return Reply(static_cast<redisReply*>(reply));
}

bool is_text(const redisReply* reply, const std::string& text) {
  return reply && reply->str && std::string(reply->str, reply->len) == text;
}

// The frame that a subscriber holds: kind, names, and text or count, as hiredis insists on them.
bool is_frame(const Reply& reply, const std::string& kind, const std::string& name,
              const std::string& text) {
  return reply && reply->type == REDIS_REPLY_ARRAY && reply->elements == 3 &&
         reply->element[0]->type == REDIS_REPLY_STRING && is_text(reply->element[0], kind) &&
         is_text(reply->element[1], name) && is_text(reply->element[2], text);
}

bool is_confirmation(const Reply& reply, const std::string& kind, const std::string& name,
                     long long count) {
  return reply && reply->type == REDIS_REPLY_ARRAY && reply->elements == 3 &&
         is_text(reply->element[0], kind) && is_text(reply->element[1], name) &&
         reply->element[2]->type == REDIS_REPLY_INTEGER && reply->element[2]->integer == count;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return std::fprintf(stderr, "usage: hiredis_test PORT\n"), 2;
  const int port = std::atoi(argv[1]);
  const Context subscriber = connect(port);
  const Context publisher = connect(port);

  const Reply pong = ask(publisher, "PING");
  expect(pong && pong->type == REDIS_REPLY_STATUS && is_text(pong.get(), "PONG"), "PING");

  expect(is_confirmation(ask(subscriber, "SUBSCRIBE news"), "subscribe", "news", 1),
         "a subscription is confirmed");
  const Reply receivers = ask(publisher, "PUBLISH news %s", "hello");
  expect(receivers && receivers->type == REDIS_REPLY_INTEGER && receivers->integer == 1,
         "PUBLISH counts its receiver");
  expect(is_frame(next(subscriber), "message", "news", "hello"), "the message arrives");

  const std::string bytes("\0\r\n\xff*1", 6);
  ask(publisher, "PUBLISH news %b", bytes.data(), bytes.size());
  expect(is_frame(next(subscriber), "message", "news", bytes), "bytes arrive as they are");

  expect(is_confirmation(ask(subscriber, "PSUBSCRIBE n*"), "psubscribe", "n*", 2),
         "a pattern is confirmed");
  const Reply twice = ask(publisher, "PUBLISH news x");
  expect(twice && twice->integer == 2, "a client that matches twice counts twice");
  expect(is_frame(next(subscriber), "message", "news", "x"), "the message comes first");
  const Reply pmessage = next(subscriber);
  expect(pmessage && pmessage->elements == 4 && is_text(pmessage->element[0], "pmessage") &&
             is_text(pmessage->element[1], "n*") && is_text(pmessage->element[3], "x"),
         "then the pmessage");

  expect(is_confirmation(ask(subscriber, "UNSUBSCRIBE news"), "unsubscribe", "news", 1),
         "an unsubscription is confirmed");

  for (int n = 0; n < 1000; ++n) redisAppendCommand(publisher.get(), "ECHO %d", n);
  bool in_order = true;
  for (int n = 0; n < 1000; ++n) in_order &= is_text(next(publisher).get(), std::to_string(n));
  expect(in_order, "a pipeline of 1000 is answered in order");

  const Reply error = ask(publisher, "NONSENSE");
  expect(error && error->type == REDIS_REPLY_ERROR, "an unknown command is an error reply");
  return failures == 0 ? 0 : 1;
}
