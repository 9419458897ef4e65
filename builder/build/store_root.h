// Where the store is.
#pragma once

#include <string>

namespace mbuild::builder {

// `given`, or default_store_root() (builder/build.h) when it is empty.
std::string store_root_of(const std::string& given);

}  // namespace mbuild::builder
