// UndefinedArgInFrom, InvalidDefaultArgInFrom, RedundantTargetPlatform, FromPlatformFlagConstDisallowed.
#include <algorithm>

#include "parser/image_name.h"
#include "parser/lint/checks.h"
#include "parser/lint/context.h"
#include "parser/platform_name.h"
#include "parser/suggest.h"

namespace mbuild::parser {

namespace {

using Values = std::map<std::string, std::string>;

// What a word of FROM expands to, and the names it uses.
struct Use {
  std::optional<Expansion> expansion;  // nullopt: the graph has reported why
  std::vector<std::string> matched;
};

Use expand_word(const LintContext& context, const Word& word, const Values& values) {
  Use use;
  auto lookup = [&](std::string_view name) -> std::optional<std::string> {
    auto found = values.find(std::string(name));
    if (found == values.end()) return std::nullopt;
    if (std::find(use.matched.begin(), use.matched.end(), name) == use.matched.end())
      use.matched.emplace_back(name);
    return found->second;
  };
  auto result = expand(word.text, lookup, {.escape = context.file.escape});
  if (result) use.expansion = std::move(*result);
  return use;
}

// Names that FROM may use: what has a value, and global ARGs that have none.
class FromNames {
 public:
  explicit FromNames(const LintContext& context) {
    for (const auto& [name, value] : context.graph.global_values) names_.push_back(name);
    for (const Instruction* instruction : context.graph.global_args)
      for (const KeyValue& argument : std::get<ArgInstruction>(instruction->body).arguments)
        names_.push_back(argument.key.text);
    std::sort(names_.begin(), names_.end());
  }

  bool contain(std::string_view name) const { return std::binary_search(names_.begin(), names_.end(), name); }
  const std::vector<std::string_view>& all() const { return names_; }

 private:
  std::vector<std::string_view> names_;
};

void check_names(LintContext& context, const FromNames& names, const Word& word, const Use& use) {
  if (!use.expansion) return;
  for (const std::string& name : use.expansion->unset)
    if (!names.contain(name))
      context.report("UndefinedArgInFrom",
                     "no ARG before the first FROM declares " + name + did_you_mean(name, names.all()),
                     word.range,
                     rename_variable(context.file.source, word.range, name, closest(name, names.all())));
}

void check_platform(LintContext& context, const Stage& stage, const Word& platform, const Use& use) {
  if (!use.expansion) return;
  const Values& values = context.graph.global_values;
  bool constant = use.matched.empty() && use.expansion->unset.empty();
  auto target = values.find("TARGETPLATFORM");
  bool redundant = use.matched == std::vector<std::string>{"TARGETPLATFORM"} &&
                   use.expansion->unset.empty() && target != values.end() &&
                   use.expansion->text == target->second;
  const auto& flags = stage.from->flags;
  auto flag = std::find_if(flags.begin(), flags.end(), [](const Flag& f) { return f.name == "platform"; });
  if (redundant && flag != flags.end()) {
    Range whole = flag->range;
    if (context.text({whole.end, whole.end + 1}) == " ") ++whole.end;
    context.report("RedundantTargetPlatform",
                   "--platform=" + platform.text + " is the default and can be left out", flag->range,
                   {replace("Remove the flag", whole, "")});
  }
  if (!constant) return;
  auto parsed = parse_platform_name(use.expansion->text);
  if (!parsed) return;
  auto named = [&](const std::string& part) {
    return !part.empty() && stage.name.find(part) != std::string::npos;
  };
  if (named(parsed->os) || named(parsed->architecture)) return;
  context.report(
      "FromPlatformFlagConstDisallowed",
      "--platform=" + platform.text +
          " is the same whatever platform is built for: use a variable such as $BUILDPLATFORM, or put "
          "the platform into the stage's name",
      platform.range);
}

// What the global ARGs come to when nothing is given by --build-arg; nullopt when that fails.
std::optional<Values> default_values(const LintContext& context) {
  Values values = default_platform_args();
  for (const auto& [name, value] : context.graph.global_values)
    if (values.contains(name)) values[name] = value;
  values["TARGETSTAGE"] = "default";
  std::vector<std::string> unset;
  for (const Instruction* instruction : context.graph.global_args)
    if (!apply_global(std::get<ArgInstruction>(instruction->body), context.file.escape, {}, values, unset))
      return std::nullopt;
  return values;
}

}  // namespace

void check_from(LintContext& context) {
  const FromNames names(context);
  const std::optional<Values> defaults = default_values(context);
  for (const Stage& stage : context.graph.stages) {
    const FromInstruction& from = stage.from_instruction();
    bool variable = from.image.text.find('$') != std::string::npos;
    if (variable)
      check_names(context, names, from.image, expand_word(context, from.image, context.graph.global_values));
    if (from.platform) {
      Use use = expand_word(context, *from.platform, context.graph.global_values);
      check_names(context, names, *from.platform, use);
      check_platform(context, stage, *from.platform, use);
    }
    if (!variable || !defaults) continue;
    Use use = expand_word(context, from.image, *defaults);
    if (use.expansion && !parse_image_name(use.expansion->text))
      context.report("InvalidDefaultArgInFrom",
                     "without --build-arg " + from.image.text + " is " +
                         (use.expansion->text.empty() ? "empty" : quote(use.expansion->text)) +
                         ", which is no image: give its ARG a default",
                     from.image.range);
  }
}

}  // namespace mbuild::parser
