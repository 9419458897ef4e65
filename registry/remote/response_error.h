// What a server says when it refuses, as an Error.
#pragma once

#include <string>
#include <string_view>

#include "registry/base/result.h"
#include "registry/remote/transport.h"

namespace mbuild::remote {

// "GET https://host/v2/x/manifests/1: 404 not found: MANIFEST_UNKNOWN: manifest unknown". The body may be the
// distribution spec's error list, a token server's {"details"|"message"|"error_description"}, or text; at
// most a line of it is shown, without control characters. 401 and 403 are `unauthorized`, 404 `not_found`,
// 408, 429 and 5xx `unavailable`, 405 and 501 `unsupported`, the others `invalid_input`.
Error response_error(std::string_view method, const Url& url, const Response& response);

// "404 not found"
std::string status_text(int status);

}  // namespace mbuild::remote
