#!/usr/bin/env bash
# The Python verifiers accept what we sign and refuse what they must. In a virtual environment of its own, gone afterwards.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
# A machine without Python, or without a way to its packages, says nothing about our signatures.
if ! python3 -m venv "$work/venv" ||
  ! "$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --requirement "$here/requirements.txt"; then
  echo "NOT RUN: Python's verifiers could not be installed here." >&2
  exit 0
fi
# The project's own Node, which takes TypeScript; made last, because the verifiers look at the clock.
"$here/../../node_modules/node/bin/node" "$here/vectors.ts" "$work/vectors.json"
"$work/venv/bin/python" "$here/python.py" "$work/vectors.json"
