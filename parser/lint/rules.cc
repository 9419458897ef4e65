// The one table of rules.
#include <algorithm>
#include <array>

#include "parser/lint.h"

namespace mbuild::parser {

namespace {

constexpr LintRule ours(std::string_view name, std::string_view description,
                        Severity severity = Severity::warning, bool opt_in = false) {
  return {name, description, "", severity, false, false, opt_in, true};
}

// Of BuildKit's, what it finds only while it converts a stage.
constexpr LintRule of_stage(std::string_view name, std::string_view description, std::string_view url) {
  return {name, description, url, Severity::warning, true, false, false, true};
}

#define MBUILD_RULE_URL(page) "https://docs.docker.com/go/dockerfile/rule/" page "/"

constexpr std::array rules = {
    LintRule{"StageNameCasing", "Stage names should be lower case", MBUILD_RULE_URL("stage-name-casing")},
    LintRule{"FromAsCasing", "AS should have the letter case of its FROM", MBUILD_RULE_URL("from-as-casing")},
    LintRule{"NoEmptyContinuation", "An empty line inside an instruction will become an error",
             MBUILD_RULE_URL("no-empty-continuation")},
    LintRule{"ConsistentInstructionCasing", "Instructions should all be written in the same letter case",
             MBUILD_RULE_URL("consistent-instruction-casing")},
    LintRule{"DuplicateStageName", "Stage names should be unique", MBUILD_RULE_URL("duplicate-stage-name")},
    LintRule{"ReservedStageName", "Stages should not be named by a reserved word",
             MBUILD_RULE_URL("reserved-stage-name")},
    of_stage("JSONArgsRecommended",
             "CMD and ENTRYPOINT should be JSON arrays, for signals to reach the program",
             MBUILD_RULE_URL("json-args-recommended")),
    LintRule{"MaintainerDeprecated", "MAINTAINER is deprecated: a label names the author",
             MBUILD_RULE_URL("maintainer-deprecated")},
    LintRule{"UndefinedArgInFrom", "FROM should use ARGs that are declared before it",
             MBUILD_RULE_URL("undefined-arg-in-from")},
    of_stage("WorkdirRelativePath", "A relative WORKDIR depends on that of the base image",
             MBUILD_RULE_URL("workdir-relative-path")),
    of_stage("UndefinedVar", "Variables should be defined before they are used",
             MBUILD_RULE_URL("undefined-var")),
    of_stage("MultipleInstructionsDisallowed",
             "Of CMD, ENTRYPOINT and HEALTHCHECK only the last of a stage counts",
             MBUILD_RULE_URL("multiple-instructions-disallowed")),
    LintRule{"LegacyKeyValueFormat", "ENV and LABEL should be written with `=`",
             MBUILD_RULE_URL("legacy-key-value-format")},
    LintRule{"InvalidBaseImagePlatform", "The base image should be of the platform that is built for",
             MBUILD_RULE_URL("invalid-base-image-platform")},
    LintRule{"RedundantTargetPlatform", "--platform=$TARGETPLATFORM is what happens without it",
             MBUILD_RULE_URL("redundant-target-platform")},
    of_stage("SecretsUsedInArgOrEnv",
             "ARG and ENV are visible to all who have the image: no place for secrets",
             MBUILD_RULE_URL("secrets-used-in-arg-or-env")),
    LintRule{"InvalidDefaultArgInFrom", "The defaults of global ARGs should give a valid base image",
             MBUILD_RULE_URL("invalid-default-arg-in-from")},
    LintRule{"FromPlatformFlagConstDisallowed", "--platform should not be a constant",
             MBUILD_RULE_URL("from-platform-flag-const-disallowed")},
    of_stage("CopyIgnoredFile", "A file to copy should not be excluded by .dockerignore",
             MBUILD_RULE_URL("copy-ignored-file")),
    LintRule{"InvalidDefinitionDescription",
             "A comment above ARG or FROM should begin with the name it describes",
             MBUILD_RULE_URL("invalid-definition-description"), Severity::warning, true, true},
    of_stage("ExposeProtoCasing", "The protocol in EXPOSE should be lower case",
             MBUILD_RULE_URL("expose-proto-casing")),
    of_stage("ExposeInvalidFormat", "EXPOSE should not name an address or a port of the host",
             MBUILD_RULE_URL("expose-invalid-format")),

    ours("UnpinnedBaseImage", "A base image without a digest may change between two builds",
         Severity::warning, true),
    ours("PossibleStageTypo", "An image is named almost like a stage"),
    ours("NotAJsonArray", "A command that looks like a JSON array but is none runs in a shell"),
    ours("ExecFormNotExpanded", "Nothing expands variables or operators in exec form"),
    ours("RecursiveOwnershipLayer", "A recursive chown or chmod stores the copied files a second time"),
    ours("CopyAllBeforeDependencyInstall", "Any changed file makes the dependencies be installed again"),
    ours("AptListsLeftBehind", "The package lists of apt stay in the layer"),
    ours("AptUpdateAlone", "A cached `apt-get update` gives later installs outdated lists"),
    ours("AptInstallWithoutYes", "apt-get asks before it installs, and nobody answers"),
    ours("PackageCacheLeftBehind", "The download cache of a package manager stays in the layer"),
    ours("PipeWithoutPipefail", "A failed download in a pipe goes unnoticed"),
    ours("CommandHasNoEffect", "What a RUN changes in its shell is gone after it"),
    ours("GlobalArgNotInStage", "An ARG before FROM is not visible in a stage that does not declare it"),
    ours("SecretInCommandLine", "A secret in an instruction is visible to all who have the image"),
    ours("AddOfPlainFiles", "COPY does what is meant; ADD also unpacks archives", Severity::hint),
};

#undef MBUILD_RULE_URL

}  // namespace

std::span<const LintRule> lint_rules() {
  return rules;
}

const LintRule* find_lint_rule(std::string_view name) {
  auto found =
      std::find_if(rules.begin(), rules.end(), [&](const LintRule& rule) { return rule.name == name; });
  return found == rules.end() ? nullptr : &*found;
}

}  // namespace mbuild::parser
