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

}  // namespace parley::chat
