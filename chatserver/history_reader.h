#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <string>

#include "chatserver/bus.h"
#include "chatserver/room_tail.h"

namespace parley::chat {

/// Reads history for clients, bounded in bytes whatever they ask for: some readings at a time, each
/// in small pages, until it has what one answer may hold. The bus is not kept busy for answers that
/// are cut off anyway, and what others publish does not wait behind them.
///
/// Owned by Rooms, on its thread.
class HistoryReader {
 public:
  static constexpr std::size_t kReadingsMax = 16;  // at a time
  static constexpr std::size_t kFirstPage = 16;    // messages; later pages as their size allows
  static constexpr std::size_t kBytesMax = RoomTail::kBytesMax;

  explicit HistoryReader(Bus& bus) : bus_(bus) {}

  /// `done` gets what was asked for, or the first part of it: once there are kBytesMax nothing more
  /// is read.
  void read(const std::string& room, const HistoryRequest& request, Bus::HistoryRead done);

 private:
  struct Reading {
    std::string room;
    HistoryRequest request;  // what is still to be read
    Bus::HistoryRead done;
    HistoryPage found;
    std::size_t bytes = 0;
  };

  void start();
  void next(const std::shared_ptr<Reading>& reading);
  /// Whether there is more to read.
  static bool take(Reading& reading, std::size_t asked, HistoryPage page);
  void finish(Reading& reading, const BusError& error);

  Bus& bus_;
  std::deque<std::shared_ptr<Reading>> waiting_;
  std::size_t at_work_ = 0;
};

}  // namespace parley::chat
