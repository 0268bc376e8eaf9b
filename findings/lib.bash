#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What every finding does: work in a temporary folder that goes away, install pinned packages there, compare.
set -eu
work="$(mktemp -d)"
server=
finish() {
    # A program's own messages are shown only where it failed.
    [ "$?" = 0 ] || [ ! -s log ] || tail -n 20 log >&2
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM
cd "$work"
# LiteLLM is to take its own list of models, not one of the day.
export LITELLM_LOCAL_MODEL_COST_MAP=True

# A new environment in venv with these Python packages; uv is quicker where it is installed.
python_packages() {
    rm -rf venv
    if command -v uv >/dev/null; then
        uv venv --quiet --python "$(python3 -c 'import sys; print(sys.executable)')" venv
        uv pip install --quiet --python venv/bin/python "$@"
    else
        python3 -m venv venv
        venv/bin/pip install --quiet --disable-pip-version-check "$@"
    fi
}

node_packages() {
    npm install --silent --no-audit --no-fund --ignore-scripts "$@"
}

# A free port on loopback.
free_port() {
    python3 -c 'import socket
with socket.socket() as s:
    s.bind(("127.0.0.1", 0))
    print(s.getsockname()[1])'
}

# Shows what was seen; fails when it is not what was seen before.
compare() {
    cat seen
    diff -u expected seen || { echo "The behaviour has changed." >&2; exit 1; }
}
