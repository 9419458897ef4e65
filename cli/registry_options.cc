#include "cli/registry_options.h"

namespace mbuild::cli {

void add_registry_options(CommandLine& line, builder::RegistryAccess& access) {
  const char* group = "Registries";
  line.add_option("--insecure", access.insecure,
                  "Talk to this registry over plain HTTP or unverified TLS; several times if need be")
      .type_name("HOST[:PORT]")
      .group(group);
  line.add_option("--registries", access.registries_file,
                  "Mirrors and other settings of registries (registries.json)")
      .type_name("FILE")
      .group(group);
  line.add_option("--cert-dir", access.certificates_dir,
                  "A certs.d folder: HOST[:PORT]/*.crt are CAs, X.cert with X.key is a client certificate")
      .type_name("DIR")
      .existing_directory()
      .group(group);
  line.add_flag("--offline", access.offline, "Ask no registry: fail where one is needed").group(group);
  line.add_option("--max-parallel", access.parallel, "Uploads and downloads at once (default: 4)")
      .type_name("N")
      .range(1u, 64u)
      .group(group);
  line.add_option("--limit-rate", access.bytes_per_second,
                  "Bytes per second of all transfers together, e.g. 10M")
      .type_name("RATE")
      .bytes()
      .group(group);
}

}  // namespace mbuild::cli
