#include "builder/export/attestation.h"

#include "registry/base/json_writer.h"
#include "registry/remote/url.h"

namespace mbuild::builder {

namespace {

constexpr std::string_view kArtifactType = "application/vnd.docker.attestation.manifest.v1+json";
constexpr std::string_view kInToto = "application/vnd.in-toto+json";

// Without names the image is called by nothing but its digest.
std::vector<AttestedSubject> subjects_of(const oci::Descriptor& image,
                                         const std::vector<oci::Reference>& names) {
  std::vector<AttestedSubject> subjects;
  const oci::Platform platform = image.platform.value_or(oci::Platform());
  for (const oci::Reference& name : names) subjects.push_back({image_purl(name, platform), image.digest});
  if (subjects.empty()) subjects.push_back({"_", image.digest});
  return subjects;
}

}  // namespace

std::string statement_json(const Attestation& attestation, const std::vector<AttestedSubject>& subjects,
                           const std::vector<oci::Descriptor>& layers) {
  JsonWriter json;
  json.begin_object();
  json.key("_type").value("https://in-toto.io/Statement/v1");
  json.key("predicateType").value(attestation.predicate_type);
  json.key("subject").begin_array();
  for (const AttestedSubject& subject : subjects) {
    json.begin_object().key("name").value(subject.name);
    json.key("digest").begin_object().key("sha256").value(subject.digest.hex()).end_object().end_object();
  }
  json.end_array();
  json.key("predicate").raw(attestation.predicate(layers)).end_object();
  return json.take();
}

std::string image_purl(const oci::Reference& name, const oci::Platform& platform) {
  oci::Reference bare = name;
  bare.tag.clear();
  bare.digest.reset();
  std::string purl = "pkg:docker/" + remote::percent_encode(bare.familiar(), "/-._~:");
  if (!name.tag.empty()) purl += "@" + remote::percent_encode(name.tag);
  char separator = '?';
  if (name.digest) {
    purl += separator + ("digest=" + name.digest->str());
    separator = '&';
  }
  return purl + separator + "platform=" + remote::percent_encode(platform.str());
}

AttestationManifest make_attestation_manifest(const std::vector<Attestation>& attestations,
                                              const oci::Descriptor& image,
                                              const std::vector<oci::Descriptor>& layers,
                                              const std::vector<oci::Reference>& names) {
  AttestationManifest made;
  made.manifest.media_type = oci::media_type::kOciManifest;
  made.manifest.artifact_type = kArtifactType;
  made.manifest.config = oci::describe(oci::media_type::kOciEmpty, kEmptyConfig);
  const std::vector<AttestedSubject> subjects = subjects_of(image, names);
  for (const Attestation& attestation : attestations) {
    made.statements.push_back(statement_json(attestation, subjects, layers));
    oci::Descriptor layer = oci::describe(kInToto, made.statements.back());
    layer.annotations.emplace("in-toto.io/predicate-type", attestation.predicate_type);
    made.manifest.layers.push_back(std::move(layer));
  }
  oci::Descriptor subject;
  subject.media_type = image.media_type;
  subject.digest = image.digest;
  subject.size = image.size;
  made.manifest.subject = subject;
  made.json = made.manifest.json();

  made.descriptor = oci::describe(made.manifest.media_type, made.json);
  made.descriptor.artifact_type = kArtifactType;
  made.descriptor.platform = oci::Platform{"unknown", "unknown", "", "", {}};
  made.descriptor.annotations = {{"vnd.docker.reference.type", "attestation-manifest"},
                                 {"vnd.docker.reference.digest", image.digest.str()}};
  return made;
}

}  // namespace mbuild::builder
