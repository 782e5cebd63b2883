#!/bin/sh
# Double-click to start. Needs Python 3.11 or later.
exec python3 "$(dirname -- "$0")/start.py" "$@"
