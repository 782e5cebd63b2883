#!/bin/sh
# Needs Python 3.11 or later and, on Debian, python3-venv. Files that are named stay where they are: no cd here.
exec python3 "$(dirname -- "$0")/start.py" "$@"
