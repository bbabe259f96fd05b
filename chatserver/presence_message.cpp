#include "chatserver/presence_message.h"

#include <nlohmann/json.hpp>

#include "chatserver/names.h"
#include "chatserver/publication.h"

namespace parley::chat {

using nlohmann::json;

namespace {

json encode_people(const std::vector<Person>& people) {
  json list = json::array();
  for (const Person& person : people) list.push_back({person.client, person.name});
  return list;
}

std::optional<std::string> read_id(const json& value) {
  if (!value.is_string()) return std::nullopt;
  std::string id = value.get<std::string>();
  if (id.size() > PresenceMessage::kIdBytesMax) return std::nullopt;
  return id;
}

bool read_people(const json& list, std::vector<Person>& people) {
  if (!list.is_array() || list.size() > PresenceMessage::kPeopleMax) return false;
  for (const json& pair : list) {
    if (!pair.is_array() || pair.size() != 2 || !pair[1].is_string()) return false;
    const auto client = read_id(pair[0]);
    std::string name = pair[1].get<std::string>();
    if (!client || client->empty() || !person_name_error(name).empty()) return false;
    people.push_back({*client, std::move(name)});
  }
  return true;
}

bool read_clients(const json& list, std::vector<std::string>& clients) {
  if (!list.is_array() || list.size() > PresenceMessage::kPeopleMax) return false;
  for (const json& value : list) {
    const auto client = read_id(value);
    if (!client) return false;
    clients.push_back(*client);
  }
  return true;
}

bool read_count(const json& object, const char* key, std::uint64_t& number) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_unsigned()) return false;
  number = found->get<std::uint64_t>();
  return true;
}

// The lists of a message; false if one of them makes no sense.
bool read_lists(const json& object, PresenceMessage& message) {
  if (object.contains("in") && !read_people(object["in"], message.in)) return false;
  if (object.contains("out") && !read_clients(object["out"], message.out)) return false;
  if (!object.contains("all")) return true;
  message.all.emplace();
  return read_people(object["all"], *message.all);
}

}  // namespace

std::string encode_presence(const PresenceMessage& message) {
  json object = {{"server", message.server}};
  if (message.ask) {
    object["ask"] = *message.ask;
    return object.dump();
  }
  object["version"] = message.version;
  object["count"] = message.count;
  if (message.crowd) object["crowd"] = true;
  if (!message.in.empty()) object["in"] = encode_people(message.in);
  if (!message.out.empty()) object["out"] = message.out;
  if (message.all) object["all"] = encode_people(*message.all);
  return object.dump();
}

std::optional<PresenceMessage> decode_presence(std::string_view text) {
  const auto object = parse_json(text);
  if (!object || !object->is_object() || !object->contains("server")) return std::nullopt;
  const auto server = read_id((*object)["server"]);
  if (!server || server->empty()) return std::nullopt;
  PresenceMessage message;
  message.server = *server;
  if (object->contains("ask")) {
    message.ask = read_id((*object)["ask"]);
    return message.ask ? std::optional(message) : std::nullopt;
  }
  if (!read_count(*object, "version", message.version)) return std::nullopt;
  if (!read_count(*object, "count", message.count)) return std::nullopt;
  message.crowd = object->contains("crowd");
  if (!read_lists(*object, message)) return std::nullopt;
  return message;
}

}  // namespace parley::chat
