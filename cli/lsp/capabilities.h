// What client and server tell each other at the start (LSP 3.17, "initialize").
#pragma once

#include <boost/json/fwd.hpp>

#include "cli/lsp/answer.h"

namespace mbuild::cli::lsp {

ClientAbilities read_abilities(const boost::json::value& initialize_params);

// The result of `initialize`.
boost::json::value server_capabilities(const ClientAbilities& client, std::string_view version);

}  // namespace mbuild::cli::lsp
