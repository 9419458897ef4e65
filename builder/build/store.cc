#include "builder/store.h"

#include <sys/stat.h>

#include "builder/build/store_check.h"

namespace mbuild::builder {

namespace {

// A store that is opened is made when it is not there: a mistyped name must not become one.
Result<void> must_be_store(const std::string& root) {
  struct stat status {};
  for (const char* folder : {"/layers", "/blobs", "/work"}) {
    if (::stat((root + folder).c_str(), &status) == 0 && S_ISDIR(status.st_mode)) continue;
    return fail(ErrorKind::not_found, root + " is no store: it has no folder " + (folder + 1));
  }
  return {};
}

Result<void> check_content(const std::string& root, StoreFindings& findings) {
  const Session session = MBUILD_TRY(Session::open({root, {}, {}}));
  MBUILD_CHECK(check_blobs(*session.layers, findings));
  MBUILD_CHECK(check_layers(*session.layers, findings));
  MBUILD_CHECK(check_images(session, findings));
  MBUILD_CHECK(check_actions(session, findings));
  return check_records(session, findings);
}

Result<StoreReport> check(const std::string& root, bool repair) {
  MBUILD_CHECK(must_be_store(root));
  StoreFindings findings(repair);
  MBUILD_CHECK(check_content(root, findings));
  MBUILD_CHECK(check_work(root, findings));
  return std::move(findings.report);
}

}  // namespace

Result<StoreReport> verify_store(const std::string& store_root) {
  return MBUILD_TRY_AS("verify store " + store_root, check(store_root, false));
}

Result<StoreReport> repair_store(const std::string& store_root) {
  return MBUILD_TRY_AS("repair store " + store_root, check(store_root, true));
}

}  // namespace mbuild::builder
