#!/bin/sh
# Makes the root file system of the base image, Debian, with mmdebstrap or debootstrap: build.sh SOURCES TARBALL
# SPDX-License-Identifier: GPL-3.0-or-later
#
# SOURCES is a sources.list ("deb URL SUITE COMPONENT..."); its first line is where the system itself comes from. An
# empty file stands for the tools' own default mirror. SUITE (environment) is the release. Runs as root on the engine's
# host; the apt configuration of the host (proxies, certificates) holds for it.
set -eu

sources=$1
tarball=$2
suite=${SUITE:-trixie}
packages=ca-certificates

if command -v mmdebstrap >/dev/null; then
    if [ -s "$sources" ]; then set -- "$sources"; else set --; fi
    mmdebstrap --variant=minbase --mode=root --format=tar --include="$packages" \
        --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
        "$suite" "$tarball" "$@"
elif command -v debootstrap >/dev/null; then
    root=$(mktemp -d "$(dirname "$tarball")/root.XXXXXX")
    trap 'rm -rf "$root"' EXIT
    mirror=$(awk '$1 == "deb" { for (i = 2; i <= NF; i++) if ($i ~ /:\/\//) { print $i; exit } }' "$sources")
    debootstrap --variant=minbase --include="$packages" "$suite" "$root" ${mirror:+"$mirror"}
    if [ -s "$sources" ]; then sed 's/ *\[[^]]*\]//' "$sources" >"$root/etc/apt/sources.list"; fi
    rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*
    tar -C "$root" --numeric-owner --one-file-system -cf "$tarball" .
else
    echo "neither mmdebstrap nor debootstrap is installed: install one of them, or let the image be pulled" >&2
    exit 1
fi
