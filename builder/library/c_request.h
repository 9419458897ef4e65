// A build's request as C holds it.
#pragma once

#include "builder/build.h"
#include "builder/library/mbuild.h"

struct mbuild_request {
  mbuild::builder::BuildRequest request;
};
