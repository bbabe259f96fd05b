#include "common/loop.h"

namespace parley {

Flushable::~Flushable() {
  if (place_ != kUnmarked) loop_.marked_[place_] = nullptr;
}

Loop::Loop() : io_(1), read_buffer_(std::make_unique<char[]>(kReadBufferBytes)) {}

Loop::~Loop() = default;

void Loop::run() {
  auto work = boost::asio::make_work_guard(io_);
  while (io_.run_one() > 0) finish_tick();
}

bool Loop::poll() {
  if (io_.stopped()) io_.restart();
  if (io_.poll_one() == 0) {
    flush();
    return false;
  }
  finish_tick();
  return true;
}

void Loop::stop() {
  io_.stop();
}

void Loop::finish_tick() {
  int run = 1;
  while (run < kHandlersPerTick && io_.poll_one() > 0) ++run;
  handlers_ += static_cast<std::uint64_t>(run);
  ++ticks_;
  flush();
}

Loop::Clock::time_point Loop::now() {
  if (!now_known_) {
    now_ = Clock::now();
    now_known_ = true;
  }
  return now_;
}

// By index and not by iterator: a flush may mark others.
void Loop::flush() {
  for (std::size_t i = 0; i < marked_.size(); ++i) {
    Flushable* flushable = marked_[i];
    if (flushable == nullptr) continue;
    flushable->place_ = Flushable::kUnmarked;
    flushable->flush();
  }
  marked_.clear();
  now_known_ = false;
}

}  // namespace parley
