#!/usr/bin/env bash
# Installs Debian packages where that is possible, else says what to type. $@: package names.
set -euo pipefail
run=()
if [ "$(id -u)" != 0 ]; then
  if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then run=(sudo); else
    echo "setup: these packages are missing: $*. As root: apt-get install $*" >&2
    exit 1
  fi
fi
if ! command -v apt-get >/dev/null; then
  echo "setup: these packages are missing, and this is no Debian or Ubuntu to install them on: $*" >&2
  exit 1
fi
echo "setup: installing $*"
export DEBIAN_FRONTEND=noninteractive
"${run[@]}" apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1 || {
  "${run[@]}" apt-get update -qq
  "${run[@]}" apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}
