#!/usr/bin/env bash
# Installs what is missing, builds, and runs every test. Ends with ctest's own summary.
#
#   tests/run.sh [PRESET] [CTEST OPTION...]     PRESET: release (default), debug, asan, tsan
set -euo pipefail
cd "$(dirname "$0")/.."

preset=release
if [ $# -gt 0 ] && [[ "$1" != -* ]]; then
  preset=$1
  shift
fi
samples/install_dependencies.sh test
cmake --preset "$preset" >/dev/null
cmake --build --preset "$preset"
ctest --preset "$preset" -j "$(nproc)" "$@"
