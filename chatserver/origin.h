#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace parley::chat {

/// Whether a page from `origin` ("https://chat.example.com") may open a WebSocket at `host`
/// ("chat.example.com"): its own server always, others if they are listed. "*" stands for any run
/// of characters in a listed one. No origin: it is not a browser.
bool origin_allowed(std::string_view origin, std::string_view host,
                    const std::vector<std::string>& listed);

}  // namespace parley::chat
