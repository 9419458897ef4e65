// Images at registries: what `mbuild login|logout|copy|ls-tags|delete|sign|verify` and `inspect --raw` do.
//
// A place is an image's name as in FROM, or "oci:DIR[:TAG][@DIGEST]" for one in an OCI layout, wherever that
// can be meant.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "builder/build.h"
#include "builder/registry_access.h"
#include "registry/base/result.h"

#pragma GCC visibility push(default)

namespace mbuild::builder {

struct RegistryRequest {
  RegistryAccess access;
  CancelToken cancel;
};

// "docker.io" for "https://index.docker.io/v1/": the name under which credentials are kept. `invalid_input`
// for what names no registry.
Result<std::string> registry_name(const std::string& text);

// Shows user name and password to the registry and, when it takes them, stores them where the configuration
// says: a credential helper, or the file (mode 0600; the rest of it stays). `unauthorized` when it does not.
Result<void> log_in(const RegistryRequest& request, const std::string& registry, const std::string& username,
                    const std::string& password);
// Gives whether there was anything to forget.
Result<bool> log_out(const RegistryRequest& request, const std::string& registry);

struct CopyOptions {
  std::string platform;    // only the image for it; empty: all that the name means, digests unchanged
  bool referrers = false;  // also what says of the image that it belongs to it: attestations, signatures
};
// Streams what the destination lacks. Gives the digest of what it now names.
Result<std::string> copy_image(const RegistryRequest& request, const std::string& source,
                               const std::string& destination, const CopyOptions& options,
                               BuildObserver* observer);

// Sorted.
Result<std::vector<std::string>> list_tags(const RegistryRequest& request, const std::string& repository);

// The tag, or the manifest behind a digest.
Result<void> delete_remote(const RegistryRequest& request, const std::string& place);

// The bytes of the manifest or index behind a name; with a platform those of the manifest for it; of that
// manifest's config with `config`.
struct RawQuery {
  std::string platform;
  bool config = false;
};
Result<std::string> inspect_remote(const RegistryRequest& request, const std::string& place,
                                   const RawQuery& query);

// Adds a signature in cosign's form to the manifest or index that the name means now. The key is a PEM file,
// cosign's own included; `password` opens it. Gives the digest that was signed.
Result<std::string> sign_remote(const RegistryRequest& request, const std::string& place,
                                const std::string& key_file, const std::string& password);
// Succeeds when one of the keys has signed. Gives the digest that was verified.
Result<std::string> verify_remote(const RegistryRequest& request, const std::string& place,
                                  const std::vector<std::string>& key_files);
// A new P-256 key pair as <prefix>.key (PKCS#8, mode 0600, encrypted when the password is not empty) and
// <prefix>.pub. Files that are there are not overwritten.
Result<void> generate_key_pair(const std::string& prefix, const std::string& password);

}  // namespace mbuild::builder

#pragma GCC visibility pop
