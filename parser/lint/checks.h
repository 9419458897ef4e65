// The checks, grouped by what they look at. Each reports all its violations to the context.
#pragma once

namespace mbuild::parser {

class LintContext;

// BuildKit's.
void check_casing(LintContext& context);       // StageNameCasing, FromAsCasing, ConsistentInstructionCasing
void check_stage_names(LintContext& context);  // DuplicateStageName, ReservedStageName
void check_from(LintContext& context);         // UndefinedArgInFrom, InvalidDefaultArgInFrom, platforms
void check_format(LintContext& context);  // NoEmptyContinuation, LegacyKeyValueFormat, MaintainerDeprecated
void check_descriptions(LintContext& context);  // InvalidDefinitionDescription
void check_variables(LintContext& context);  // UndefinedVar, WorkdirRelativePath, CopyIgnoredFile, and errors
void check_commands(LintContext& context);   // JSONArgsRecommended, MultipleInstructionsDisallowed
void check_expose(LintContext& context);     // ExposeProtoCasing, ExposeInvalidFormat
void check_secret_names(LintContext& context);  // SecretsUsedInArgOrEnv
// No rules, but values that no build would accept: errors.
void check_values(LintContext& context);

// Ours.
void check_base_images(LintContext& context);       // UnpinnedBaseImage, PossibleStageTypo
void check_exec_form(LintContext& context);         // NotAJsonArray, ExecFormNotExpanded
void check_layers(LintContext& context);            // RecursiveOwnershipLayer, CopyAllBeforeDependencyInstall
void check_package_managers(LintContext& context);  // AptListsLeftBehind, PackageCacheLeftBehind, Apt...
void check_scripts(LintContext& context);  // PipeWithoutPipefail, CommandHasNoEffect, GlobalArgNotInStage
void check_secrets(LintContext& context);  // SecretInCommandLine
void check_add(LintContext& context);      // AddOfPlainFiles

}  // namespace mbuild::parser
