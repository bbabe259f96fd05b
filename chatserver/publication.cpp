#include "chatserver/publication.h"

#include <nlohmann/json.hpp>

#include "chatserver/identifier.h"

namespace parley::chat {

using nlohmann::json;

namespace {

// Strings and brackets only: whether it is JSON at all is the parser's to say.
bool nested_too_deeply(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kJsonDepthMax) return true;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return false;
}

// Our own form of data; any other value belongs to whoever sent it.
bool is_message(const json& data) {
  return data.is_object() && data.contains("text") && data["text"].is_string();
}

bool is_client_info(const json& info) {
  return info.is_object() && info.contains("user") && info["user"].is_string() &&
         info.contains("client") && info["client"].is_string();
}

bool is_publication(const json& value) {
  if (!value.is_object() || !value.contains("data")) return false;
  for (const auto& [key, member] : value.items()) {
    if (key == "info" && !is_client_info(member)) return false;
    if (key != "data" && key != "info") return false;
  }
  return true;
}

// Only in our own form of data is `at` the word of a server.
std::int64_t at_of(const json& data) {
  if (!is_message(data)) return 0;
  const auto at = data.find("at");
  return at != data.end() && at->is_number_integer() ? at->get<std::int64_t>() : 0;
}

std::string text_of(const json& data) {
  if (data.is_string()) return data.get<std::string>();
  return is_message(data) ? data["text"].get<std::string>() : data.dump();
}

// SDKs split frames at line feeds. In valid JSON one can only be white space between tokens.
std::string without_line_feeds(std::string_view payload) {
  std::string line(payload);
  std::erase(line, '\n');
  return line;
}

std::string with_position(std::string object, const Position& position) {
  if (position.offset == 0) return object;
  object.pop_back();
  object += ",\"offset\":" + std::to_string(position.offset) + "}";
  return object;
}

Publication notice(std::string_view payload, const Position& position, std::int64_t now_ms) {
  const std::string text = as_utf8(payload);
  json data = {{"text", text}, {"at", now_ms}};
  if (position.offset == 0) data["notice"] = true;
  return {with_position(json{{"data", std::move(data)}}.dump(), position), text};
}

}  // namespace

std::optional<json> parse_json(std::string_view text) {
  if (nested_too_deeply(text)) return std::nullopt;
  json value = json::parse(text, nullptr, false);
  if (value.is_discarded()) return std::nullopt;
  return value;
}

std::string as_utf8(std::string_view text) {
  const std::string quoted = json(text).dump(-1, ' ', false, json::error_handler_t::replace);
  return json::parse(quoted).get<std::string>();
}

json client_info(const Person& author) {
  return {{"user", ""}, {"client", author.client}, {"conn_info", {{"name", author.name}}}};
}

std::string encode_publication(json data, const Person& author, std::int64_t now_ms) {
  if (is_message(data)) data["at"] = now_ms;
  return json{{"data", std::move(data)}, {"info", client_info(author)}}.dump();
}

std::string encode_text(std::string_view text, std::string_view id, const Person& author,
                        std::int64_t now_ms) {
  return encode_publication({{"id", id}, {"text", text}}, author, now_ms);
}

std::string message_id_of(const json& data) {
  constexpr std::size_t kIdBytesMax = 256;
  if (is_message(data) && data.contains("id") && data["id"].is_string()) {
    std::string id = data["id"].get<std::string>();
    if (!id.empty() && id.size() <= kIdBytesMax) return id;
  }
  return random_id();
}

Publication decode_publication(std::string_view payload, const Position& position,
                               std::int64_t now_ms) {
  // Most foreign text is not JSON: that is known from its first byte.
  if (payload.starts_with('{')) {
    const auto value = parse_json(payload);
    if (value && is_publication(*value)) {
      std::string line = without_line_feeds(payload);
      line.resize(line.find_last_of('}') + 1);
      const json& data = (*value)["data"];
      return {with_position(std::move(line), position), text_of(data), at_of(data)};
    }
  }
  return notice(payload, position, now_ms);
}

}  // namespace parley::chat
