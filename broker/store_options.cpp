#include "broker/store_options.h"

namespace parley::broker {

std::string_view to_word(Fsync fsync) {
  switch (fsync) {
    case Fsync::kAlways:
      return "always";
    case Fsync::kEverySecond:
      return "everysec";
    case Fsync::kNo:
      break;
  }
  return "no";
}

std::string describe(const StoreOptions& options) {
  if (options.directory.empty()) return "streams are in memory only (--data DIR keeps them)";
  return "streams are kept in '" + options.directory + "', fsync " +
         std::string(to_word(options.fsync));
}

}  // namespace parley::broker
