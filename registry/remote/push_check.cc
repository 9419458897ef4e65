#include "registry/remote/push_check.h"

namespace mbuild::remote {

Result<void> check_upload(const Endpoint& endpoint) {
  Request begin;
  begin.method = "POST";
  begin.url = endpoint.url("blobs/uploads/");
  const Response begun = MBUILD_TRY(endpoint.session->expect_ok(begin, endpoint.push_scopes()));
  const auto location = begun.headers.get("Location");
  const auto upload = location ? begin.url.resolve(*location) : Result<Url>(begin.url);
  if (!location || !upload) return {};
  Request cancel;
  cancel.method = "DELETE";
  cancel.url = *upload;
  (void)endpoint.session->send(cancel, endpoint.push_scopes());  // the registry forgets it anyway
  return {};
}

}  // namespace mbuild::remote
