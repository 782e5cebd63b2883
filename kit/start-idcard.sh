#!/bin/sh
# Needs Python 3.11 or later and, on Debian, python3-venv.
cd "$(dirname "$0")" || exit 1
exec python3 start.py "$@"
