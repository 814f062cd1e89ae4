#!/bin/sh
# Makes sure that there is a Chromium for the browser tests (tests/test_browser.py looks in the same places).
set -eu

for name in ${CHROMIUM:+"$CHROMIUM"} chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null; then
        exit 0
    fi
done

if [ ! -e /etc/debian_version ] || [ "$(id -u)" -ne 0 ]; then
    echo "The browser tests need Chromium; install it (on Debian, as root: apt install chromium)" \
        "or set CHROMIUM to a Chromium or Chrome." >&2
    exit 1
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
echo "Installing Chromium for the browser tests (takes a minute)"
if ! { apt-get update && apt-get install -y --no-install-recommends chromium; } </dev/null >"$log" 2>&1; then
    cat "$log" >&2
    echo "Chromium could not be installed, see above." >&2
    exit 1
fi
