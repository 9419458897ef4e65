#!/usr/bin/env bash
# Installs what is missing, builds mbuild, and builds and runs the multi-stage sample with it.
# Needs root (or sudo) for packages that are missing, and a Debian package mirror; nothing else.
set -euo pipefail
cd "$(dirname "$0")/.."

step() { printf '\n== %s\n' "$*"; }

step "Dependencies"
samples/install_dependencies.sh
step "Building mbuild"
cmake --preset release -DMBUILD_TESTS=OFF -B build/quickstart >/dev/null
cmake --build build/quickstart
mbuild=$PWD/build/quickstart/mbuild
export MBUILD_ROOT=$PWD/.cache/store

step "A base image with a C compiler, made of Debian packages"
base=$PWD/.cache/toolchain
[ -e "$base/index.json" ] || samples/toolchain/make_base.py toolchain "$base"
du -sh "$base" | cut -f1

step "mbuild -f samples/multistage/Dockerfile -t app:latest samples/multistage"
"$mbuild" -f samples/multistage/Dockerfile -t app:latest \
  --build-context "toolchain=oci-layout://$base" samples/multistage

step "The image"
"$mbuild" images
"$mbuild" inspect --layers app:latest

step "Its program, run out of the image"
out=.cache/app
rm -rf "$out"
"$mbuild" -f samples/multistage/Dockerfile --build-context "toolchain=oci-layout://$base" \
  --progress quiet --output "type=local,dest=$out" samples/multistage
"$out/bin/wordfreq" "$out/data/sample.txt" | head -3

step "Done. A build of your own: $mbuild -t name:tag DIRECTORY"
