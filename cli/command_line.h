// The command line of a verb: which options and arguments there are, and where their values go. A thin layer
// over CLI11, which takes the compiler so long that command_line.cc alone includes it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace mbuild::cli {

// An option or argument of a CommandLine, for more to be said of it. Stands for it as a pointer does, and no
// longer than the CommandLine is there. All but given() give the same option again, and are to be called
// before parse().
class Option {
 public:
  explicit Option(CLI::Option& option) : option_(&option) {}

  Option required() const;
  // What --help calls the value, and the heading under which it lists the option ("Options" unless said).
  Option type_name(const std::string& name) const;
  Option group(const std::string& heading) const;
  // The environment variable whose value is taken when the option is not given.
  Option environment(const std::string& variable) const;

  // It is wrong usage to give it without the other, or with the other.
  Option needs(Option other) const;
  Option excludes(Option other) const;
  // How many values it may have in all.
  Option expected(int least, int most) const;

  // What the value may be; --help shows it behind the type's name.
  Option one_of(const std::vector<std::string>& words) const;
  Option range(int least, int most) const;  // both ends are allowed
  Option range(unsigned least, unsigned most) const;
  Option existing_directory() const;
  Option bytes() const;  // for a number of bytes: 500, 10k (10000) or 10Ki (10240), up to E

  bool given() const;  // to be asked after parse()

 private:
  CLI::Option* option_;
};

// What options are bound to has to last until parse(), which alone changes it: where a value is given, and
// even when it then finds wrong usage.
class CommandLine {
 public:
  // What --help says of the verb, and how it is called: "mbuild rm". The options -h and --help are always
  // there.
  CommandLine(const std::string& description, const std::string& name);
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  // `names`: "-f,--file" for an option, whose value is the next word or stands behind "="; a name without
  // dashes for an argument, which are filled in the order in which they were added. No name may be there
  // twice.
  Option add_option(const std::string& names, std::string& value, const std::string& help);
  Option add_option(const std::string& names, int& value, const std::string& help);
  Option add_option(const std::string& names, unsigned& value, const std::string& help);
  Option add_option(const std::string& names, std::int64_t& value, const std::string& help);
  Option add_option(const std::string& names, std::uint64_t& value, const std::string& help);
  Option add_option(const std::string& names, double& value, const std::string& help);
  // The option may be given several times, with one value each; the argument takes all words that are left.
  Option add_option(const std::string& names, std::vector<std::string>& values, const std::string& help);

  // Sets `value`, or clears it: by a name with "!" before it ("--no-push,!--push"), or by "--no-push=false".
  // May be given several times: the last one counts.
  Option add_flag(const std::string& names, bool& value, const std::string& help);

  // Options that --help does not list. The first has a value, and is wrong usage for the reason `why` as soon
  // as parse() meets it; the others may be given several times, for which parse() calls `given` once.
  void add_refused_option(const std::string& names, const std::string& why);
  void add_ignored_option(const std::string& names, const std::function<void()>& given);
  void add_ignored_flag(const std::string& names, const std::function<void()>& given);

  // One of the subcommands has to be given. It must not outlive this; parse() is for this alone.
  CommandLine add_subcommand(const std::string& name, const std::string& description);
  // Options of this may stand behind a subcommand, too. To be called before add_subcommand().
  void fallthrough();
  bool chosen() const;  // for a subcommand, after parse(): whether it was given

  // The end of --help, also of subcommands that are added later.
  void footer(const std::string& text);

  // Takes the words behind the verb. Gives an exit code when the verb is done with that: --help was printed
  // to stdout (ok), or what is wrong with the usage to stderr (usage).
  std::optional<int> parse(std::vector<std::string> arguments);

 private:
  explicit CommandLine(std::shared_ptr<CLI::App> app);

  std::shared_ptr<CLI::App> app_;
};

}  // namespace mbuild::cli
