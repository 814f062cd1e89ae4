#!/bin/sh
# Makes sure that there is what the browser tests need: a Chromium (tests/test_browser.py looks in the same places) and
# the one system library that Playwright's driver is not shipped with.
set -eu

chromium=
for name in ${CHROMIUM:+"$CHROMIUM"} chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null; then
        chromium=$name
        break
    fi
done

missing=
[ -n "$chromium" ] || missing=chromium
if command -v dpkg >/dev/null && ! dpkg -s libatomic1 >/dev/null 2>&1; then
    missing="$missing libatomic1"
fi
if [ -z "$missing" ]; then
    exit 0
fi

if [ ! -e /etc/debian_version ] || [ "$(id -u)" -ne 0 ]; then
    echo "The browser tests need Chromium and libatomic; install them (on Debian, as root: apt install chromium libatomic1)" \
        "or set CHROMIUM to a Chromium or Chrome." >&2
    exit 1
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
echo "Installing for the browser tests (takes a minute): $missing"
# shellcheck disable=SC2086 - a list of package names
if ! { apt-get update && apt-get install -y --no-install-recommends $missing; } </dev/null >"$log" 2>&1; then
    cat "$log" >&2
    echo "Could not be installed, see above: $missing" >&2
    exit 1
fi
