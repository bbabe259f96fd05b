#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>

namespace parley::chat {

// The numbers and shapes of the client protocol: Centrifugo's, version 2, JSON form
// (https://centrifugal.dev/docs/transports/client_protocol).

/// An error reply; the connection goes on.
struct ProtocolError {
  int code;
  std::string_view message;
  bool temporary = false;
};

inline constexpr ProtocolError kInternalError{100, "internal server error", true};
inline constexpr ProtocolError kMethodNotFound{104, "method not found"};
inline constexpr ProtocolError kAlreadySubscribed{105, "already subscribed"};
inline constexpr ProtocolError kLimitExceeded{106, "limit exceeded"};
inline constexpr ProtocolError kBadRequest{107, "bad request"};
inline constexpr ProtocolError kNotAvailable{108, "not available"};
inline constexpr ProtocolError kTooManyRequests{111, "too many requests", true};
inline constexpr ProtocolError kUnrecoverable{112, "unrecoverable position"};

/// A close code; from 3500 on clients do not come back by themselves. The reason must not be valid
/// JSON: SDKs would take it for instructions.
struct Disconnect {
  std::uint16_t code;
  std::string_view reason;
};

inline constexpr Disconnect kShutdown{3001, "shutdown"};
inline constexpr Disconnect kSlow{3008, "slow"};
inline constexpr Disconnect kNoPong{3012, "no pong"};
inline constexpr Disconnect kBadProtocol{3501, "bad request"};
inline constexpr Disconnect kStale{3502, "stale"};
inline constexpr Disconnect kWrongForm{3506, "inappropriate protocol"};
inline constexpr Disconnect kSendNotAvailable{3508, "not available"};

/// Why a client is put out of a channel. From 2500 on SDKs subscribe again by themselves.
inline constexpr Disconnect kInsufficientState{2500, "insufficient state"};

/// `{"id":7,"publish":{...}}`
std::string reply_text(std::uint32_t id, std::string_view method, const nlohmann::json& result);
/// `{"id":7,"error":{"code":107,"message":"..."}}`; the message of the code, or a clearer one.
std::string error_text(std::uint32_t id, const ProtocolError& error, std::string_view message = {});

/// `members` with the publications, which are JSON already, as its member `publications`.
std::string with_publications(const nlohmann::json& members,
                              std::span<const std::string_view> publications);
/// `{"id":7,"subscribe":<result>}`, the result being JSON already.
std::string reply_of_json(std::uint32_t id, std::string_view method, std::string_view result);
/// `{"push":{"channel":"lobby","unsubscribe":{"code":2500,"reason":"insufficient state"}}}`
std::string unsubscribe_push(std::string_view channel, const Disconnect& why);

}  // namespace parley::chat
