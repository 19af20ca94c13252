#!/usr/bin/env bash
# Puts Debian's prometheus and promtool into .tools/prometheus, without installing the package: that
# would start a service on the standard port. Uses what is on the PATH where there is one.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p .tools
if command -v prometheus >/dev/null && command -v promtool >/dev/null; then exit 0; fi
[ -x .tools/prometheus/usr/bin/prometheus ] && exit 0
if ! command -v apt-get >/dev/null || ! command -v dpkg >/dev/null; then
  echo "setup: prometheus and promtool are not on the PATH; install them from prometheus.io and try again." >&2
  exit 1
fi
echo "setup: fetching Prometheus"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
fetch() { (cd "$folder" && apt-get -qq -o APT::Sandbox::User=root download prometheus); }
fetch 2>/dev/null || {
  if [ "$(id -u)" = 0 ]; then apt-get update -qq; elif command -v sudo >/dev/null; then sudo -n apt-get update -qq || true; fi
  fetch || { echo "setup: the package prometheus cannot be fetched; run apt-get update as root, or put prometheus and promtool on the PATH." >&2; exit 1; }
}
rm -rf .tools/prometheus
dpkg -x "$folder"/prometheus_*.deb .tools/prometheus
