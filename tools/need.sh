#!/usr/bin/env bash
# Installs the Debian package of a command that is missing: `need.sh php php-cli`.
# If that needs a password, it fails and prints what to install.
set -eu
command=$1 package=$2
command -v "$command" >/dev/null && exit 0
as_root=()
if [ "$(id -u)" != 0 ]; then as_root=(sudo -n); fi
if command -v apt-get >/dev/null && "${as_root[@]}" true 2>/dev/null; then
  echo "▸ Install $package"
  "${as_root[@]}" apt-get update -qq >/dev/null
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq "$package" >/dev/null
fi
command -v "$command" >/dev/null || { echo "$command is missing, which the tests need: install the Debian package $package, or your system's equivalent"; exit 1; }
