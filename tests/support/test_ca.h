// TestCa: certificates made by openssl(1) for a test.
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>

#include "tests/support/run_program.h"
#include "tests/support/temp_dir.h"

namespace mbuild::test {

inline void openssl(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "openssl");
  ProgramResult result = run_program(arguments);
  if (result.code != 0) throw std::runtime_error("openssl: " + result.output);
}

// Everything as PEM in one folder: ca.crt, ca.key, and what issue() makes.
class TestCa {
 public:
  TestCa() {
    openssl({"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
             "2", "-subj", "/CN=Test CA", "-keyout", file("ca.key"), "-out", file("ca.crt")});
  }
  // <name>.crt and <name>.key for `subject_alternative_names` ("DNS:a,IP:127.0.0.1"), valid for `days` days
  // from now; a negative number makes one that has expired.
  void issue(const std::string& name, const std::string& subject_alternative_names, int days = 3) const {
    folder_.write("ext", "subjectAltName=" + subject_alternative_names + "\n");
    openssl({"req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
             "/CN=" + name, "-keyout", file(name + ".key"), "-out", file("csr")});
    openssl({"x509", "-req", "-in", file("csr"), "-CA", file("ca.crt"), "-CAkey", file("ca.key"),
             "-CAcreateserial", "-days", std::to_string(days), "-extfile", file("ext"), "-out",
             file(name + ".crt")});
  }
  std::string file(const std::string& name) const { return (folder_.path() / name).string(); }

 private:
  TempDir folder_;
};

}  // namespace mbuild::test
