#!/bin/sh
# Makes a virtual environment in the folder given, with the first Python on this machine that is new enough.
set -eu

python=
for name in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$name
        break
    fi
done
if [ -z "$python" ]; then
    echo "Python 3.11 or newer is needed and was not found; on Debian 12 or newer: apt install python3 python3-venv" >&2
    exit 1
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    echo "Python's venv module is needed and was not found; on Debian: apt install python3-venv" >&2
    exit 1
fi

"$python" -m venv --clear "$1"
