#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>

#include "builder/check.h"
#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/dockerfile_arguments.h"
#include "cli/report.h"
#include "parser/edit_diff.h"
#include "parser/findings.h"
#include "parser/format.h"
#include "parser/text_edit.h"
#include "registry/base/atomic_file.h"
#include "registry/base/fs_at.h"

namespace mbuild::cli {

namespace {

struct FormatArguments {
  DockerfileArguments dockerfiles;
  parser::FormatOptions style;
  bool write = false;
  bool check = false;
};

void add_options(CommandLine& line, FormatArguments& arguments) {
  add_dockerfile_arguments(line, arguments.dockerfiles, true);
  const Option write =
      line.add_flag("-w,--write", arguments.write, "Change the files instead of printing them");
  line.add_flag("--check", arguments.check, "Print what would change, and fail if anything would")
      .excludes(write);
  line.add_option("--indent", arguments.style.indent, "Blanks before a continued line (default: 4)")
      .type_name("N")
      .range(0, 16);
  line.footer(
      "Exit codes: 0 done, 1 a file is not valid or (with --check) not formatted, 2 wrong usage or "
      "unreadable "
      "files.\n");
}

// Replaces the file that `path` names or links to; its permissions stay.
Result<void> replace_file(const std::string& path, const std::string& text) {
  const std::unique_ptr<char, decltype(&::free)> resolved(::realpath(path.c_str(), nullptr), &::free);
  if (!resolved) return fail_errno(errno, "write " + path);
  const std::string target = resolved.get();
  struct stat status {};
  if (stat(target.c_str(), &status) != 0) return fail_errno(errno, "write " + path);
  const std::size_t slash = target.rfind('/');
  Fd folder = MBUILD_TRY_AS("write " + path,
                            fs_at::open_trusted(target.substr(0, slash + 1), O_RDONLY | O_DIRECTORY));
  AtomicFile file = MBUILD_TRY_AS(
      "write " + path, AtomicFile::create(folder.get(), target.substr(slash + 1), status.st_mode & 07777));
  MBUILD_CHECK_AS("write " + path, file.write(text));
  return file.commit();
}

// Gives the exit code.
Result<int> format_one(const builder::BuildRequest& request, const FormatArguments& arguments) {
  if (arguments.write && request.dockerfile_text)
    return fail(ErrorKind::invalid_input, "-w: standard input cannot be written to");
  const parser::ParseResult parsed = parser::parse(MBUILD_TRY(builder::load_dockerfile(request)));
  const parser::Source& source = parsed.dockerfile.source;
  if (!parsed.ok()) {
    std::fputs(parser::findings_text({source, parsed.diagnostics, ""}).c_str(), stderr);
    return failed;
  }
  const std::vector<parser::TextEdit> edits = parser::format_edits(parsed, arguments.style);
  if (arguments.check) {
    const std::string diff = parser::edit_diff(source, edits);
    std::fputs(diff.c_str(), stdout);
    return diff.empty() ? ok : failed;
  }
  const std::string text = parser::apply_edits(source.text(), edits);
  if (!arguments.write) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    return ok;
  }
  if (text == source.text()) return ok;
  MBUILD_CHECK(replace_file(source.name(), text));
  fmt::print("{}\n", source.name());
  return ok;
}

}  // namespace

int cmd_fmt(std::vector<std::string> words) {
  CommandLine line("Bring Dockerfiles into one style, without a change of meaning.", "mbuild fmt");
  FormatArguments arguments;
  add_options(line, arguments);
  if (auto code = line.parse(std::move(words))) return *code;

  Result<std::vector<builder::BuildRequest>> requests = dockerfile_requests(arguments.dockerfiles);
  if (!requests) {
    report_error(requests.error());
    return usage;
  }
  int worst = ok;
  for (const builder::BuildRequest& request : *requests) {
    Result<int> code = format_one(request, arguments);
    if (!code) report_error(code.error());
    worst = std::max(worst, code ? *code : static_cast<int>(usage));
  }
  return worst;
}

}  // namespace mbuild::cli
