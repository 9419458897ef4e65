#include "cli/command_line.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "cli/commands.h"

namespace mbuild::cli {

namespace {

// What errors call an option that is not listed: CLI11 says "" for it. "--debug" for "-D,--debug".
std::string long_name(const std::string& names) {
  const std::size_t begin = names.find("--");
  return names.substr(begin, names.find(',', begin) - begin);
}

}  // namespace

Option Option::required() const {
  option_->required();
  return *this;
}

Option Option::type_name(const std::string& name) const {
  option_->type_name(name);
  return *this;
}

Option Option::group(const std::string& heading) const {
  option_->group(heading);
  return *this;
}

Option Option::environment(const std::string& variable) const {
  option_->envname(variable);
  return *this;
}

Option Option::needs(Option other) const {
  option_->needs(other.option_);
  return *this;
}

Option Option::excludes(Option other) const {
  option_->excludes(other.option_);
  return *this;
}

Option Option::expected(int least, int most) const {
  option_->expected(least, most);
  return *this;
}

Option Option::one_of(const std::vector<std::string>& words) const {
  option_->check(CLI::IsMember(words));
  return *this;
}

Option Option::range(int least, int most) const {
  option_->check(CLI::Range(least, most));
  return *this;
}

Option Option::range(unsigned least, unsigned most) const {
  option_->check(CLI::Range(least, most));
  return *this;
}

Option Option::existing_directory() const {
  option_->check(CLI::ExistingDirectory);
  return *this;
}

Option Option::bytes() const {
  option_->check([](const std::string& text) { return text.starts_with('-') ? "must not be negative" : ""; });
  option_->transform(CLI::AsSizeValue(true));
  return *this;
}

bool Option::given() const {
  return option_->count() > 0;
}

CommandLine::CommandLine(const std::string& description, const std::string& name)
    : app_(std::make_shared<CLI::App>(description, name)) {}

CommandLine::CommandLine(std::shared_ptr<CLI::App> app) : app_(std::move(app)) {}

Option CommandLine::add_option(const std::string& names, std::string& value, const std::string& help) {
  return Option(*app_->add_option(names, value, help));
}

Option CommandLine::add_option(const std::string& names, int& value, const std::string& help) {
  return Option(*app_->add_option(names, value, help));
}

Option CommandLine::add_option(const std::string& names, unsigned& value, const std::string& help) {
  return Option(*app_->add_option(names, value, help));
}

Option CommandLine::add_option(const std::string& names, std::int64_t& value, const std::string& help) {
  return Option(*app_->add_option(names, value, help));
}

Option CommandLine::add_option(const std::string& names, std::uint64_t& value, const std::string& help) {
  return Option(*app_->add_option(names, value, help));
}

Option CommandLine::add_option(const std::string& names, double& value, const std::string& help) {
  return Option(*app_->add_option(names, value, help));
}

Option CommandLine::add_option(const std::string& names, std::vector<std::string>& values,
                               const std::string& help) {
  CLI::Option* option = app_->add_option(names, values, help);
  if (!option->get_positional()) option->allow_extra_args(false);
  return Option(*option);
}

Option CommandLine::add_flag(const std::string& names, bool& value, const std::string& help) {
  return Option(*app_->add_flag(names, value, help));
}

void CommandLine::add_refused_option(const std::string& names, const std::string& why) {
  const auto refuse = [names, why](const std::string&) { throw CLI::ValidationError(long_name(names), why); };
  app_->add_option_function<std::string>(names, refuse)->group("")->trigger_on_parse();
}

void CommandLine::add_ignored_option(const std::string& names, const std::function<void()>& given) {
  const auto ignore = [given](const std::vector<std::string>&) { given(); };
  app_->add_option_function<std::vector<std::string>>(names, ignore)->allow_extra_args(false)->group("");
}

void CommandLine::add_ignored_flag(const std::string& names, const std::function<void()>& given) {
  // Not add_flag_function(): from that `--rm=maybe` comes out of parse() as std::invalid_argument.
  const auto ignore = [names, given](const CLI::results_t& values) {
    for (const std::string& value : values)
      if (bool truth = false; !CLI::detail::lexical_cast(value, truth))
        throw CLI::ConversionError(long_name(names), values);
    given();
    return true;
  };
  app_->add_option(names, CLI::callback_t(ignore))
      ->expected(0)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->group("");
}

CommandLine CommandLine::add_subcommand(const std::string& name, const std::string& description) {
  app_->require_subcommand(1);
  return CommandLine(app_->get_subcommand_ptr(app_->add_subcommand(name, description)));
}

void CommandLine::fallthrough() {
  app_->fallthrough();
}

bool CommandLine::chosen() const {
  return app_->parsed();
}

void CommandLine::footer(const std::string& text) {
  app_->footer(text);
}

std::optional<int> CommandLine::parse(std::vector<std::string> arguments) {
  std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them last first
  try {
    app_->parse(std::move(arguments));
  } catch (const CLI::CallForHelp&) {
    std::fputs(app_->help().c_str(), stdout);
    return ok;
  } catch (const CLI::ParseError& error) {
    std::fprintf(stderr, "mbuild: %s\nTry `%s --help`.\n", error.what(), app_->get_name().c_str());
    return usage;
  }
  return std::nullopt;
}

}  // namespace mbuild::cli
