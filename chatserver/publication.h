#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "chatserver/bus.h"
#include "chatserver/person.h"

namespace parley::chat {

/// `{"user":"","client":"...","conn_info":{"name":"..."}}`, the ClientInfo of the client protocol.
nlohmann::json client_info(const Person& author);

/// What travels over the bus for a message: a JSON object `{"data":...,"info":{...}}`, the
/// Publication of the client protocol without its offset. Data with a `text` gets the server's time
/// in `at`, milliseconds since 1970; any other JSON value stays as it is.
std::string encode_publication(nlohmann::json data, const Person& author, std::int64_t now_ms);
/// The same for bare text.
std::string encode_text(std::string_view text, std::string_view id, const Person& author,
                        std::int64_t now_ms);
/// The id that the sender gave the message, `data.id`; a random one if there is none that can be
/// used (1 to 256 bytes).
std::string message_id_of(const nlohmann::json& data);

/// A message as it came from the bus, ready for both wire forms.
struct Publication {
  std::string json;        // the Publication object, on one line, valid for every SDK
  std::string text;        // what a plain text client sees
  std::int64_t at_ms = 0;  // when a server accepted it, milliseconds since 1970; 0: nobody says
};

/// Whatever somebody else published on the room's channel becomes a notice.
Publication decode_publication(std::string_view payload, const Position& position,
                               std::int64_t now_ms);

/// JSON that is safe to handle: valid, and nested at most kJsonDepthMax deep.
inline constexpr int kJsonDepthMax = 64;
std::optional<nlohmann::json> parse_json(std::string_view text);

/// The text with what is not UTF-8 replaced by U+FFFD.
std::string as_utf8(std::string_view text);

}  // namespace parley::chat
