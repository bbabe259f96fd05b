#pragma once

#include <unordered_set>

#include "chatserver/bus.h"

namespace parley::chat {

/// The bus of a server that is alone: what is published comes back at once.
class LocalBus final : public Bus {
 public:
  void start(Sink& sink) override;
  void subscribe(const std::string& room, Subscribed done) override;
  void unsubscribe(const std::string& room) override;
  void publish(const std::string& room, std::string_view payload, Published done) override;
  bool up() const override { return true; }

 private:
  Sink* sink_ = nullptr;
  std::unordered_set<std::string> rooms_;
};

}  // namespace parley::chat
