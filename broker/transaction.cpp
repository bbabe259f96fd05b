#include "broker/transaction.h"

#include <algorithm>

namespace parley::broker {

void Transaction::queue(const Command& command, const resp::Args& args) {
  commands_.push_back({&command, sizes_.size(), text_.size()});
  for (const std::string_view arg : args) {
    sizes_.push_back(arg.size());
    text_.append(arg);
  }
}

void Transaction::read_args(std::size_t index, resp::Args& args) const {
  const Queued& queued = commands_[index];
  const std::size_t end =
      index + 1 < commands_.size() ? commands_[index + 1].first_argument : sizes_.size();
  std::size_t begin = queued.text_begin;
  args.clear();
  for (std::size_t i = queued.first_argument; i < end; ++i) {
    args.push_back(std::string_view(text_).substr(begin, sizes_[i]));
    begin += sizes_[i];
  }
}

std::size_t Transaction::count(void (*run)(Call&)) const {
  return static_cast<std::size_t>(
      std::count_if(commands_.begin(), commands_.end(),
                    [&](const Queued& queued) { return queued.command->run == run; }));
}

bool Transaction::has(CommandFlags flag) const {
  return std::any_of(commands_.begin(), commands_.end(),
                     [&](const Queued& queued) { return queued.command->flags & flag; });
}

std::size_t Transaction::bytes() const {
  return text_.capacity() + sizes_.capacity() * sizeof(std::size_t) +
         commands_.capacity() * sizeof(Queued);
}

}  // namespace parley::broker
