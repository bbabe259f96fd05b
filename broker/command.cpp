#include "broker/command.h"

#include <algorithm>

#include "common/text.h"

namespace parley::broker {

namespace {

std::string usage_of(const Argument& argument) {
  std::string text(argument.token);
  if (!argument.name.empty()) {
    if (!text.empty()) text += ' ';
    text += argument.name;
  }
  if (argument.multiple) text += " [" + text + " ...]";
  return argument.optional ? "[" + text + "]" : text;
}

}  // namespace

std::string full_name(const Command* container, const Command& command) {
  if (container == nullptr) return std::string(command.name);
  return std::string(container->name) + "|" + std::string(command.name);
}

std::string usage(const Command* container, const Command& command) {
  std::string text = container ? to_upper(container->name) + " " : "";
  text += to_upper(command.name);
  if (!command.subcommands.empty()) text += " subcommand [argument ...]";
  for (const Argument& argument : command.arguments) text += " " + usage_of(argument);
  return text;
}

}  // namespace parley::broker
