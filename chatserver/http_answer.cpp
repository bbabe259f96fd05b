#include "chatserver/http_answer.h"

#include "chatserver/request_target.h"
#include "common/program.h"

namespace parley::chat {

namespace {

// The page loads nothing but its own files and has no inline script or style.
constexpr std::string_view kContentSecurityPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self' ws: wss:; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'";

HttpResponse make(const HttpRequest& request, http::status status) {
  HttpResponse response{status, request.version()};
  response.set(http::field::server, "parley-chat/" + std::string(kVersion));
  response.set("X-Content-Type-Options", "nosniff");
  response.set("Referrer-Policy", "no-referrer");
  response.set("Content-Security-Policy", kContentSecurityPolicy);
  response.keep_alive(request.keep_alive());
  return response;
}

HttpResponse answer_file(const HttpRequest& request, StaticFile file) {
  const bool unchanged = request[http::field::if_none_match] == file.etag;
  HttpResponse response = make(request, unchanged ? http::status::not_modified : http::status::ok);
  response.set(http::field::etag, file.etag);
  // Ask each time: the page must fit the server that it talks to.
  response.set(http::field::cache_control, "no-cache");
  if (unchanged) return response;
  response.set(http::field::content_type, file.type);
  response.content_length(file.content.size());
  if (request.method() == http::verb::get) response.body() = std::move(file.content);
  return response;
}

HttpResponse answer_path(const HttpRequest& request, const std::string& path,
                         const HttpState& state) {
  if (path == "/healthz") return plain_answer(request, http::status::ok, "ok\n");
  if (path == "/readyz") {
    if (state.ready) return plain_answer(request, http::status::ok, "ready\n");
    return plain_answer(request, http::status::service_unavailable,
                        "not ready: " + state.not_ready_because + "\n");
  }
  if (path == "/connection/websocket") {
    return plain_answer(request, http::status::upgrade_required,
                        "this address speaks WebSocket only\n");
  }
  auto file = state.files ? state.files->read(path) : std::nullopt;
  if (file) return answer_file(request, std::move(*file));
  return plain_answer(request, http::status::not_found, "there is nothing at this address\n");
}

}  // namespace

HttpResponse plain_answer(const HttpRequest& request, http::status status, std::string text) {
  HttpResponse response = make(request, status);
  response.set(http::field::content_type, "text/plain; charset=utf-8");
  if (status == http::status::upgrade_required) {
    response.set(http::field::upgrade, "websocket");
  }
  response.content_length(text.size());
  if (request.method() != http::verb::head) response.body() = std::move(text);
  return response;
}

HttpResponse answer_http(const HttpRequest& request, const HttpState& state) {
  if (request.method() != http::verb::get && request.method() != http::verb::head) {
    HttpResponse response =
        plain_answer(request, http::status::method_not_allowed, "only GET and HEAD are possible\n");
    response.set(http::field::allow, "GET, HEAD");
    return response;
  }
  const auto target =
      parse_request_target(std::string_view(request.target().data(), request.target().size()));
  if (!target) {
    return plain_answer(request, http::status::bad_request,
                        "the address of the request is malformed\n");
  }
  return answer_path(request, target->path, state);
}

}  // namespace parley::chat
