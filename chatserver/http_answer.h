#pragma once

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <string>

#include "chatserver/static_files.h"

namespace parley::chat {

namespace http = boost::beast::http;

using HttpRequest = http::request<http::string_body>;
using HttpResponse = http::response<http::string_body>;

/// What the answer to an HTTP request depends on, apart from the request.
struct HttpState {
  const StaticFiles* files;  // null: no page
  bool ready;                // for /readyz
  std::string not_ready_because;
};

/// The answer to a request that is no WebSocket upgrade.
HttpResponse answer_http(const HttpRequest& request, const HttpState& state);

/// A short text as an answer, with the headers that every answer has.
HttpResponse plain_answer(const HttpRequest& request, http::status status, std::string text);

}  // namespace parley::chat
