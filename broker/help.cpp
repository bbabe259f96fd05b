#include "broker/help.h"

#include <algorithm>
#include <vector>

#include "broker/command_table.h"
#include "common/program.h"

namespace parley::broker {

namespace {

constexpr std::size_t kUsageWidth = 38;
constexpr std::size_t kLineWidth = 98;
constexpr std::size_t kSummaryWidth = kLineWidth - kUsageWidth - 4;

void append_line(std::string& text, std::string_view usage, std::string_view summary) {
  while (usage.size() > kUsageWidth + kSummaryWidth) {
    const std::size_t end = usage.rfind(' ', kUsageWidth + kSummaryWidth);
    text.append("  ").append(usage.substr(0, end)).append("\r\n    ");
    usage.remove_prefix(end + 1);
  }
  while (usage.size() > kLineWidth - 2) {
    const std::size_t end = usage.rfind(' ', kLineWidth - 2);
    text.append("  ").append(usage.substr(0, end)).append("\r\n    ");
    usage.remove_prefix(end + 1);
  }
  text.append("  ").append(usage);
  if (usage.size() <= kUsageWidth) {
    text.append(kUsageWidth - usage.size(), ' ');
  } else {
    text.append("\r\n").append(2 + kUsageWidth, ' ');
  }
  while (summary.size() > kSummaryWidth) {
    const std::size_t end = summary.rfind(' ', kSummaryWidth);
    text.append("  ").append(summary.substr(0, end)).append("\r\n");
    text.append(2 + kUsageWidth, ' ');
    summary.remove_prefix(end + 1);
  }
  text.append("  ").append(summary).append("\r\n");
}

}  // namespace

std::string help_overview() {
  std::string text = "parley-broker " + std::string(kVersion) +
                     ": publish/subscribe for any client of the Redis protocol.\r\n";
  std::vector<std::string_view> groups;
  for (const Command& command : command_table()) {
    if (std::find(groups.begin(), groups.end(), command.group) == groups.end()) {
      groups.push_back(command.group);
    }
  }
  for (std::string_view group : groups) {
    text.append("\r\n").append(group).append("\r\n");
    for (const Command& command : command_table()) {
      if (command.group == group) append_line(text, usage(nullptr, command), command.summary);
    }
  }
  text +=
      "\r\nHELP PUBLISH shows more of one command. To watch every chat room: PSUBSCRIBE chat.*\r\n"
      "QUIT ends the session.";
  return text;
}

std::string help_of(const Command& command) {
  std::string text =
      usage(container_of(command), command) + "\r\n  " + std::string(command.summary) + "\r\n";
  text.append("  Cost: ").append(command.complexity).append("\r\n");
  for (const Command& subcommand : command.subcommands) {
    append_line(text, usage(&command, subcommand), subcommand.summary);
  }
  text.erase(text.size() - 2);  // the reply ends the last line
  return text;
}

}  // namespace parley::broker
