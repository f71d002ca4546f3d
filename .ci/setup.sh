#!/usr/bin/env bash
# Makes or renews the virtual environment: setup.sh PYTHON VENV REQUIREMENTS
# Does nothing, in a blink, when the environment already matches the requirements.
set -euo pipefail
cd "$(dirname "$0")/.."
python=$1 venv=$2 requirements=$3
uv_version=0.13.9

digest() { cat "$@" | { sha256sum 2>/dev/null || shasum -a 256; } | cut -d' ' -f1; }

stamp="$venv/.${requirements%.txt}.sha256"
want=$(digest "$requirements" pyproject.toml)
full="$venv/.requirements-dev.sha256"
if [ -x "$venv/bin/revital" ]; then
  if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$want" ]; then exit 0; fi
  # The environment of development holds everything the app needs.
  if [ "$requirements" = requirements.txt ] && [ -f "$full" ] &&
     [ "$(cat "$full")" = "$(digest requirements-dev.txt pyproject.toml)" ]; then exit 0; fi
fi

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
  echo "Python 3.11 or later is needed; '$python' is not. Name one: make PYTHON=/path/to/python3.11 …" >&2
  exit 2
fi
if [ ! -x "$venv/bin/python" ]; then
  if ! "$python" -m venv "$venv"; then
    echo "The module venv of '$python' is missing (on Debian: apt-get install python3-venv)." >&2
    exit 2
  fi
fi
# uv installs about seven times faster than pip, which does the same where uv cannot be had.
if [ ! -x "$venv/bin/uv" ]; then
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "uv==$uv_version" \
    2>/dev/null || true
fi
if [ -x "$venv/bin/uv" ]; then
  install=("$venv/bin/uv" pip install --python "$venv/bin/python" --quiet)
elif uv --version >/dev/null 2>&1; then
  install=(uv pip install --python "$venv/bin/python" --quiet)
else
  install=("$venv/bin/python" -m pip install --quiet --disable-pip-version-check)
fi
echo "Installing $requirements into $venv …"
"${install[@]}" --require-hashes -r "$requirements"
"${install[@]}" --no-deps -e .
echo "$want" > "$stamp"
