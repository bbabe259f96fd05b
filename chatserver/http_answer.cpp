#include "chatserver/http_answer.h"

#include "chatserver/accept_encoding.h"
#include "chatserver/entity_tag.h"
#include "chatserver/request_target.h"
#include "common/metrics_server.h"
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

HttpResponse nothing_there(const HttpRequest& request) {
  return plain_answer(request, http::status::not_found, "there is nothing at this address\n");
}

HttpResponse not_acceptable(const HttpRequest& request) {
  return plain_answer(request, http::status::not_acceptable,
                      "this file is not there in a form that Accept-Encoding allows\n");
}

HttpResponse answer_content(const HttpRequest& request, const StaticFile& file, Coding coding,
                            StaticContent content) {
  const bool unchanged = entity_tag_listed(header_list(request, "If-None-Match"), content.etag);
  HttpResponse response = make(request, unchanged ? http::status::not_modified : http::status::ok);
  response.set(http::field::etag, content.etag);
  // Ask each time: the page must fit the server that it talks to.
  response.set(http::field::cache_control, "no-cache");
  if (unchanged) return response;
  response.set(http::field::content_type, file.type);
  if (coding != Coding::kIdentity) {
    const std::string_view name = coding_name(coding);
    response.set(http::field::content_encoding, {name.data(), name.size()});
  }
  response.content_length(content.bytes.size());
  if (request.method() == http::verb::get) response.body() = std::move(content.bytes);
  return response;
}

HttpResponse answer_file(const HttpRequest& request, const StaticFiles& files,
                         const StaticFile& file) {
  const AcceptEncoding accepted(header_list(request, "Accept-Encoding"));
  const auto coding = accepted.best_of(file.codings);
  auto content = coding ? files.read(file, *coding) : std::nullopt;
  HttpResponse response = !coding    ? not_acceptable(request)
                          : !content ? nothing_there(request)
                                     : answer_content(request, file, *coding, std::move(*content));
  const bool depends_on_client = file.codings.size() > 1 || !coding;
  if (depends_on_client) response.set(http::field::vary, "Accept-Encoding");
  return response;
}

HttpResponse answer_path(const HttpRequest& request, const std::string& path,
                         const HttpState& state) {
  if (path == "/healthz") return plain_answer(request, http::status::ok, "ok\n");
  if (path == "/readyz") {
    const std::string why_not = state.why_not_ready();
    if (why_not.empty()) return plain_answer(request, http::status::ok, "ready\n");
    return plain_answer(request, http::status::service_unavailable, "not ready: " + why_not + "\n");
  }
  if (path == "/metrics") {
    HttpResponse response = plain_answer(request, http::status::ok, state.metrics());
    response.set(http::field::content_type, kMetricsType);
    return response;
  }
  if (path == "/connection/websocket") {
    return plain_answer(request, http::status::upgrade_required,
                        "this address speaks WebSocket only\n");
  }
  const auto file = state.files ? state.files->find(path) : std::nullopt;
  return file ? answer_file(request, *state.files, *file) : nothing_there(request);
}

}  // namespace

std::string header_list(const HttpRequest& request, std::string_view name) {
  std::string list;
  const auto [begin, end] = request.equal_range({name.data(), name.size()});
  for (auto field = begin; field != end; ++field) {
    if (!list.empty()) list += ',';
    list.append(field->value().data(), field->value().size());
  }
  return list;
}

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
