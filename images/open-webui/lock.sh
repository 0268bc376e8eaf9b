#!/bin/sh
# Writes locks/<version>.txt, the locked and hashed packages of one Open WebUI version: lock.sh VERSION
# SPDX-License-Identifier: GPL-3.0-or-later
#
#   ./lock.sh 0.12.4
# Needs uv and pip, and asks the package index that they are configured for; the lock names none.
#
# The package says that it does not run with Python 3.13, which is Debian's: it does, with audioop-lts for the module
# that 3.13 no longer has. uv would refuse the package itself, so it resolves what the package asks for, and the
# package is added with its hash.
set -eu

version=${1:?usage: lock.sh VERSION}
folder=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

pip download --quiet --no-deps --ignore-requires-python --only-binary :all: --dest "$work" "open-webui==$version"
wheel=$(echo "$work"/open_webui-*.whl)
{
    python3 - "$wheel" <<'END'
import sys, zipfile
from email.parser import Parser

wheel = zipfile.ZipFile(sys.argv[1])
metadata = next(name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
wants = Parser().parsestr(wheel.read(metadata).decode()).get_all("Requires-Dist")
print(*(want for want in wants if "extra ==" not in want), sep="\n")
END
    echo audioop-lts
} >"$work/wanted.txt"

uv pip compile --quiet "$work/wanted.txt" --override "$folder/without.txt" \
    --python-version 3.13 --python-platform x86_64-manylinux_2_40 --only-binary :all: \
    --generate-hashes --no-annotate --no-header --no-emit-index-url --no-python-downloads --output-file "$work/lock.txt"
mkdir -p "$folder/locks"
{
    echo "# Open WebUI $version with what it needs here, locked and hashed. Written by: lock.sh $version"
    echo "# SPDX-License-Identifier: GPL-3.0-or-later"
    echo "open-webui==$version \\"
    echo "    --hash=sha256:$(sha256sum "$wheel" | cut -d' ' -f1)"
    cat "$work/lock.txt"
} >"$folder/locks/$version.txt"
