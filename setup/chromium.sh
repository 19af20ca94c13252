#!/usr/bin/env bash
# The browser that the page's tests drive.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p .tools
for name in chromium chromium-browser google-chrome; do
  if command -v "$name" >/dev/null; then exit 0; fi
done
setup/apt.sh chromium
