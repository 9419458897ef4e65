#include "builder/build/spdx.h"

#include <fmt/format.h>

#include "registry/base/json_writer.h"
#include "registry/oci/digest.h"
#include "registry/remote/url.h"

namespace mbuild::builder {

namespace {

constexpr const char* kNone = "NOASSERTION";

// github.com/package-url/purl-spec, types deb and apk.
std::string purl_of(const InstalledPackage& package, const InstalledPackages& installed) {
  std::string purl =
      fmt::format("pkg:{}/{}/{}@{}", package.manager,
                  installed.distribution.empty() ? "unknown" : remote::percent_encode(installed.distribution),
                  remote::percent_encode(package.name), remote::percent_encode(package.version));
  purl += "?arch=" + remote::percent_encode(package.architecture);
  if (!installed.distribution.empty())
    purl += fmt::format("&distro={}-{}", remote::percent_encode(installed.distribution),
                        remote::percent_encode(installed.version));
  return purl;
}

// Letters, digits, "." and "-" only (SPDX 2.3, 3.2).
std::string element_id(const InstalledPackage& package, std::size_t number) {
  std::string id = fmt::format("SPDXRef-Package-{}-{}-{}", package.manager, package.name, number);
  for (char& c : id)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '.') c = '-';
  return id;
}

void write_package(JsonWriter& json, const InstalledPackage& package, const InstalledPackages& installed,
                   const std::string& id) {
  json.begin_object();
  json.key("name").value(package.name);
  json.key("SPDXID").value(id);
  json.key("versionInfo").value(package.version);
  if (!package.supplier.empty()) json.key("supplier").value("Organization: " + package.supplier);
  json.key("downloadLocation").value(kNone);
  json.key("filesAnalyzed").value(false);
  json.nonempty("homepage", package.homepage);
  json.key("licenseConcluded").value(kNone);
  // A database's licence is often no SPDX expression, which the field must be: it goes into a comment.
  json.key("licenseDeclared").value(kNone);
  if (!package.license.empty()) json.key("licenseComments").value("declared as: " + package.license);
  json.key("copyrightText").value(kNone);
  json.key("externalRefs").begin_array().begin_object();
  json.key("referenceCategory").value("PACKAGE-MANAGER");
  json.key("referenceType").value("purl");
  json.key("referenceLocator").value(purl_of(package, installed));
  json.end_object().end_array().end_object();
}

void write_relationship(JsonWriter& json, const std::string& from, const char* type, const std::string& to) {
  json.begin_object();
  json.key("spdxElementId").value(from);
  json.key("relatedSpdxElement").value(to);
  json.key("relationshipType").value(type);
  json.end_object();
}

std::string namespace_of(const InstalledPackages& installed) {
  oci::Sha256 hash;
  for (const InstalledPackage& package : installed.packages) hash.update(purl_of(package, installed) + "\n");
  return "https://spdx.org/spdxdocs/mbuild-" + hash.finish().hex();
}

}  // namespace

std::string spdx_json(const InstalledPackages& installed, const std::string& created) {
  JsonWriter json;
  json.begin_object();
  json.key("spdxVersion").value("SPDX-2.3");
  json.key("dataLicense").value("CC0-1.0");
  json.key("SPDXID").value("SPDXRef-DOCUMENT");
  json.key("name").value("sbom");
  json.key("documentNamespace").value(namespace_of(installed));
  json.key("creationInfo").begin_object();
  json.key("creators").begin_array().value("Tool: mbuild-" MBUILD_VERSION).end_array();
  json.key("created").value(created).end_object();

  const std::string root = "SPDXRef-DocumentRoot-Image";
  json.key("packages").begin_array();
  json.begin_object().key("name").value(installed.pretty_name.empty() ? "image" : installed.pretty_name);
  json.key("SPDXID").value(root);
  json.nonempty("versionInfo", installed.version);
  json.key("downloadLocation").value(kNone);
  json.key("filesAnalyzed").value(false);
  json.key("licenseConcluded").value(kNone);
  json.key("licenseDeclared").value(kNone);
  json.key("copyrightText").value(kNone);
  json.key("primaryPackagePurpose").value("CONTAINER").end_object();
  for (std::size_t i = 0; i < installed.packages.size(); ++i)
    write_package(json, installed.packages[i], installed, element_id(installed.packages[i], i));
  json.end_array();

  json.key("relationships").begin_array();
  for (std::size_t i = 0; i < installed.packages.size(); ++i)
    write_relationship(json, root, "CONTAINS", element_id(installed.packages[i], i));
  write_relationship(json, "SPDXRef-DOCUMENT", "DESCRIBES", root);
  json.end_array().end_object();
  return json.take();
}

}  // namespace mbuild::builder
