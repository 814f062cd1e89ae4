#!/bin/sh
# Makes sure that there is Xapian for the Python of the operating system, where that can be done; else it is left out.
set -eu

if /usr/bin/python3 -c 'import xapian' 2>/dev/null; then
    exit 0
fi
if [ ! -e /etc/debian_version ] || [ "$(id -u)" -ne 0 ]; then
    echo "Xapian is left out; it needs Debian's package python3-xapian (apt install python3-xapian)"
    exit 0
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
echo "Installing Xapian (python3-xapian)"
if ! { apt-get update && apt-get install -y --no-install-recommends python3-xapian; } </dev/null >"$log" 2>&1; then
    cat "$log" >&2
    echo "Xapian is left out; it could not be installed, see above"
fi
