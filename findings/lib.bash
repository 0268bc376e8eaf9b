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

# The files of a package of Debian, of this version and suite, in this folder; from the mirror that this Debian has.
debian_package() {
    codename="$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)"
    # shellcheck disable=SC2016 # the names are apt's
    uri="$(apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(COMPONENT)' 'Created-By: Packages' |
        sed -n "s/ $codename main\$//p" | head -n 1)"
    mkdir -p lists/partial cache/archives/partial
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $uri $3 main" >sources.list
    for what in update "download $1=$2"; do
        # shellcheck disable=SC2086 # two words
        apt-get --quiet --quiet -o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts=- \
            -o Dir::State::lists="$work/lists" -o Dir::Cache="$work/cache" -o APT::Sandbox::User=root $what >>log 2>&1
    done
    dpkg-deb --extract "$1"_*.deb .
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
