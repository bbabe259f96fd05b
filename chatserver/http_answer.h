#pragma once

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <functional>
#include <string>
#include <string_view>

#include "chatserver/static_files.h"

namespace parley::chat {

namespace http = boost::beast::http;

using HttpRequest = http::request<http::string_body>;
using HttpResponse = http::response<http::string_body>;

/// What the answer to an HTTP request depends on, apart from the request.
struct HttpState {
  const StaticFiles* files;                    // null: no page
  std::function<std::string()> why_not_ready;  // for /readyz; empty: it is ready
  std::function<std::string()> metrics;        // makes the text of /metrics
};

/// All header fields of a name, as the one list, with commas, that they are (RFC 9110,
/// section 5.3).
std::string header_list(const HttpRequest& request, std::string_view name);

/// The answer to a request that is no WebSocket upgrade.
HttpResponse answer_http(const HttpRequest& request, const HttpState& state);

/// A short text as an answer, with the headers that every answer has.
HttpResponse plain_answer(const HttpRequest& request, http::status status, std::string text);

}  // namespace parley::chat
