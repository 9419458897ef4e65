// The secrets of a build, read when somebody asks for them.
#pragma once

#include "builder/build.h"
#include "builder/context/download.h"

namespace mbuild::builder {

// `request` is borrowed.
FindSecret secret_reader(const BuildRequest& request);

}  // namespace mbuild::builder
