// ByteSource and ByteSink over strings.
#pragma once

#include <string>

#include "registry/base/stream.h"
#include "tests/support/string_source.h"

namespace mbuild::test {

class StringSink : public ByteSink {
 public:
  Result<void> write(ByteView data) override {
    text.append(reinterpret_cast<const char*>(data.data()), data.size());
    return {};
  }
  std::string text;
};

}  // namespace mbuild::test
