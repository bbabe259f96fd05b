#include "chatserver/history_reader.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace parley::chat {

void HistoryReader::read(const std::string& room, const HistoryRequest& request,
                         Bus::HistoryRead done) {
  waiting_.push_back(std::make_shared<Reading>(Reading{room, request, std::move(done), {}, 0}));
  start();
}

void HistoryReader::start() {
  while (at_work_ < kReadingsMax && !waiting_.empty()) {
    const std::shared_ptr<Reading> reading = std::move(waiting_.front());
    waiting_.pop_front();
    ++at_work_;
    next(reading);
  }
}

void HistoryReader::next(const std::shared_ptr<Reading>& reading) {
  HistoryRequest page = reading->request;
  std::size_t fitting = kFirstPage;
  if (reading->bytes > 0) {
    const std::size_t each = reading->bytes / reading->found.messages.size() + 1;
    fitting = (kBytesMax - reading->bytes) / each + 1;
  }
  page.limit = std::min(page.limit, fitting);
  bus_.read_history(reading->room, page,
                    [this, reading, asked = page.limit](const BusError& error, HistoryPage found) {
                      const auto& [top, messages] = reading->found;
                      if (!error && !messages.empty() && found.top.epoch != top.epoch) {
                        finish(*reading, {"the room began anew while it was read"});
                      } else if (!error && take(*reading, asked, std::move(found))) {
                        next(reading);
                      } else {
                        finish(*reading, error);
                      }
                    });
}

bool HistoryReader::take(Reading& reading, std::size_t asked, HistoryPage page) {
  reading.found.top = page.top;
  const bool is_end = page.messages.size() < asked || page.messages.empty();
  for (const StoredMessage& message : page.messages) reading.bytes += message.payload.size();
  if (!page.messages.empty()) reading.request.since = page.messages.back().offset;
  reading.request.limit -= page.messages.size();
  std::ranges::move(page.messages, std::back_inserter(reading.found.messages));
  return !is_end && reading.request.limit > 0 && reading.bytes < kBytesMax;
}

void HistoryReader::finish(Reading& reading, const BusError& error) {
  --at_work_;
  reading.done(error, std::move(reading.found));
  start();
}

}  // namespace parley::chat
