#include "chatserver/client_protocol.h"

#include <nlohmann/json.hpp>

namespace parley::chat {

using nlohmann::json;

std::string reply_text(std::uint32_t id, std::string_view method, const json& result) {
  return json{{"id", id}, {method, result}}.dump();
}

std::string error_text(std::uint32_t id, const ProtocolError& error, std::string_view message) {
  json body = {{"code", error.code}, {"message", message.empty() ? error.message : message}};
  if (error.temporary) body["temporary"] = true;
  return json{{"id", id}, {"error", std::move(body)}}.dump();
}

std::string with_publications(const json& members, std::span<const std::string_view> publications) {
  std::string text = members.dump();
  text.pop_back();
  text += text.size() > 1 ? R"(,"publications":[)" : R"("publications":[)";
  for (std::size_t i = 0; i < publications.size(); ++i) {
    if (i > 0) text += ',';
    text += publications[i];
  }
  return text += "]}";
}

std::string reply_of_json(std::uint32_t id, std::string_view method, std::string_view result) {
  std::string text = R"({"id":)" + std::to_string(id) + R"(,")";
  return text.append(method).append(R"(":)").append(result).append("}");
}

std::string unsubscribe_push(std::string_view channel, const Disconnect& why) {
  const json body = {{"code", why.code}, {"reason", why.reason}};
  return json{{"push", {{"channel", channel}, {"unsubscribe", body}}}}.dump();
}

}  // namespace parley::chat
