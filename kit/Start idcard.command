#!/bin/sh
# Double-click to start. Needs Python 3.11 or later.
cd "$(dirname "$0")" || exit 1
exec python3 start.py "$@"
