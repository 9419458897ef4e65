#include "builder/build/attest.h"

#include <random>

#include "builder/build/package_database.h"
#include "builder/build/provenance.h"
#include "builder/build/spdx.h"

namespace mbuild::builder {

namespace {

constexpr const char* kSpdxType = "https://spdx.dev/Document";

// As BuildKit's: 25 digits to base 36.
std::string random_id() {
  std::random_device random;
  std::string id;
  for (int i = 0; i < 25; ++i) id += "0123456789abcdefghijklmnopqrstuvwxyz"[random() % 36];
  return id;
}

Attestation provenance_of(const AttestOptions& options, std::size_t image, const std::string& id,
                          const Timestamp& finished) {
  const ProvenanceRequest& wanted = *options.request.provenance;
  ProvenanceFacts facts{
      &options.request, &options.prepared.dockerfile, &options.plan, image, id, options.started, finished};
  return {std::string(kProvenanceType),
          [facts](const std::vector<oci::Descriptor>& layers) { return provenance_predicate(facts, layers); },
          wanted.filename, wanted.inline_only};
}

Result<InstalledPackages> packages_of(const Image& image, Snapshotter& snapshots) {
  if (image.layers.empty()) return InstalledPackages{};
  LayerChain chain;
  for (const ImageLayer& layer : image.layers) chain.push_back(layer.layer);
  const auto view = MBUILD_TRY(snapshots.view(chain));
  return read_packages(view->root());
}

Result<Attestation> sbom_of(const Image& image, const AttestOptions& options, const Timestamp& now,
                            const std::function<void(Notice)>& notice) {
  const InstalledPackages packages =
      MBUILD_TRY_AS("list the image's packages", packages_of(image, options.snapshots));
  if (packages.unread_rpm)
    notice({Notice::Level::warning, "",
            "the SBOM does not list the packages of the image's rpm database: only dpkg's and apk's are read",
            std::nullopt});
  Timestamp created = now;
  if (options.prepared.epoch) created = Timestamp{*options.prepared.epoch};
  created.nanoseconds = 0;
  return Attestation{
      kSpdxType,
      [json = spdx_json(packages, created.str())](const std::vector<oci::Descriptor>&) { return json; },
      "sbom.spdx.json", false};
}

}  // namespace

Result<void> attest(std::vector<Image>& images, const AttestOptions& options,
                    const std::function<void(Notice)>& notice) {
  const Timestamp now = Timestamp::now();
  const std::string id = random_id();
  for (std::size_t i = 0; i < images.size(); ++i) {
    if (options.request.sbom)
      images[i].attestations.push_back(MBUILD_TRY(sbom_of(images[i], options, now, notice)));
    if (options.request.provenance) images[i].attestations.push_back(provenance_of(options, i, id, now));
  }
  return {};
}

}  // namespace mbuild::builder
