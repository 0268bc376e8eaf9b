#!/bin/sh
# Writes locks/<version>.txt, the locked and hashed packages of one LiteLLM version: lock.sh VERSION [AS_OF]
# SPDX-License-Identifier: GPL-3.0-or-later
#
# AS_OF (a date) resolves the packages as they were on that day. 1.77.3 needs it: with newer packages it starts and
# loses its MCP routes without a word.
#   ./lock.sh 1.77.3 2025-09-28
#   ./lock.sh 1.108.7
# Needs uv, and asks the package index that uv is configured for; the lock names none.
set -eu

version=${1:?usage: lock.sh VERSION [AS_OF]}
as_of=${2:-}

folder=$(cd "$(dirname "$0")" && pwd)
wanted=$(mktemp)
trap 'rm -f "$wanted"' EXIT
# Newer LiteLLM builds and checks indexes over psycopg, and tries to import OpenTelemetry's SDK again with every request
# where it is missing. uvicorn reads requests by httptools where it is there. prisma 0.15 breaks LiteLLM. What Google's
# SDKs ask (generateContent) and the counting of tokens import google-genai, which [proxy] leaves out.
cat >"$wanted" <<END
litellm[proxy]==$version
prisma==0.11.0
google-genai
psycopg[binary]
httptools
opentelemetry-sdk
END

set -- --python-version 3.13 --python-platform x86_64-manylinux_2_40 --only-binary :all: \
    --generate-hashes --no-annotate --no-header --no-emit-index-url --no-python-downloads
if [ -n "$as_of" ]; then
    # madoka has wheels for Python 3.13 only since November 2025.
    set -- "$@" --exclude-newer "$as_of" --exclude-newer-package madoka=2025-12-01
    sed -i '/^google-genai/q' "$wanted"
fi
new=$(mktemp)
uv pip compile --quiet "$wanted" "$@" --output-file "$new"
{
    echo "# LiteLLM $version with everything it needs, locked and hashed. Written by: lock.sh $version${as_of:+ $as_of}"
    echo "# SPDX-License-Identifier: GPL-3.0-or-later"
    cat "$new"
} >"$folder/locks/$version.txt"
rm -f "$new"
