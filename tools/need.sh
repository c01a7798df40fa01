#!/usr/bin/env bash
# Makes sure that a command of a Debian package is there: `need.sh php php-cli`.
# Installs it where that is allowed without asking for a password; otherwise says what to do.
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
command -v "$command" >/dev/null || { echo "$command is needed for the tests: install Debian's package $package, or what your system calls it"; exit 1; }
