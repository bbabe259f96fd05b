#include "broker/command.h"

#include <algorithm>

namespace parley::broker {

namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}
char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
}

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

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

std::string to_lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), lower);
  return result;
}

std::string to_upper(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), upper);
  return result;
}

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
