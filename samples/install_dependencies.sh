#!/usr/bin/env bash
# Installs what building mbuild needs from Debian 12's own packages, and nothing when all of it is there.
#
#   samples/install_dependencies.sh          to build and run the samples
#   samples/install_dependencies.sh test     also what the tests use as real peers
set -euo pipefail

packages=(
  g++ cmake ninja-build ccache pkg-config git python3 ca-certificates
  libboost1.81-dev libarchive-dev libssl-dev libcpp-httplib-dev libdeflate-dev libisal-dev libzstd-dev
  libseccomp-dev libcap-dev libcli11-dev libfmt-dev
  libgtest-dev libgmock-dev libbenchmark-dev
  busybox-static tcc musl-dev musl-tools
)
test_packages=(
  docker-registry docker.io skopeo umoci crun runc mmdebstrap apache2-utils openssl
  attr libarchive-tools libcap2-bin xz-utils bzip2 zstd patch acl uidmap passt util-linux iproute2
  openssh-client neovim strace
)
[ "${1:-}" = test ] && packages+=("${test_packages[@]}")

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || {
    echo "These packages are missing and only root can install them: ${missing[*]}" >&2
    echo "Run as root: apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 1
  }
  as_root=(sudo)
fi
echo "Installing ${#missing[@]} Debian packages${as_root:+ with sudo}: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -q >/dev/null
# A new daemon must not be started just because it was installed: the tests start their own.
policy=/usr/sbin/policy-rc.d
made_policy=
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
  "${as_root[@]}" chmod 755 "$policy"
  made_policy=1
fi
status=0
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends \
  "${missing[@]}" >/dev/null || status=$?
[ -z "$made_policy" ] || "${as_root[@]}" rm -f "$policy"
exit "$status"
