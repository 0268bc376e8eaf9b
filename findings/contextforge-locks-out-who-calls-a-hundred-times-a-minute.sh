#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# mcp-contextforge-gateway 1.0.7.post20260921 (PyPI), with its defaults.
# Behaviour: an account has 100 requests of MCP a minute, its administration counted with them. What comes after that is
#   refused with 429, and with the sixth refusal the account is locked for 15 minutes, for all that it asks.
# A good guess: without a limit of one's own there is none; or one that ends with its minute, as `reset_in_seconds` of the
#   first refusals says.
# Seen: as below.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"

cat >expected <<'EOF2'
refused: Maximum 100 requests per minute for MEDIUM tier endpoints. (reset in 60 s or less: True)
refusals until it is locked: 6
locked: Account locked for 15 minutes.
its list of tools then: 429
EOF2

python_packages mcp-contextforge-gateway==1.0.7.post20260921

port="$(free_port)"
key="$(python3 -c 'import secrets; print(secrets.token_urlsafe(32))')"
export JWT_SECRET_KEY="$key" AUTH_ENCRYPTION_SECRET="$key" DATABASE_URL="sqlite:///$work/mcp.db" HOME="$work" \
    PLATFORM_ADMIN_EMAIL=admin@example.com PLATFORM_ADMIN_PASSWORD="Aa1-$key" BASIC_AUTH_PASSWORD="Aa1-$key" \
    MCPGATEWAY_UI_ENABLED=false CACHE_TYPE=memory LOG_LEVEL=ERROR
venv/bin/mcpgateway mcpgateway.main:app --host 127.0.0.1 --port "$port" >log 2>&1 &
server=$!

token="$(venv/bin/python -m mcpgateway.utils.create_jwt_token --username admin@example.com --exp 60 --admin --secret "$key" |
    tail -n 1)"
cat >ask.py <<'EOF2'
import sys, time
import httpx

url, token = sys.argv[1:]
headers = {"Authorization": f"Bearer {token}", "Accept": "application/json, text/event-stream"}
with httpx.Client(base_url=url, headers=headers, timeout=60) as client:
    for _ in range(120):
        try:
            client.get("/health")
            break
        except httpx.ConnectError:
            time.sleep(0.5)
    made = client.post("/servers", json={"server": {"name": "empty", "associated_tools": []}})
    made.raise_for_status()
    refusals = 0
    for number in range(120):
        body = {"jsonrpc": "2.0", "id": number, "method": "tools/list", "params": {}}
        answer = client.post(f"/servers/{made.json()['id']}/mcp", json=body)
        if answer.status_code == 429:
            said = answer.json()
            if "locked" in said["error"]:
                print(f"refusals until it is locked: {refusals + 1}")
                print("locked:", said["message"].split(". ")[1] + ".")
                break
            if not refusals:
                print(f"refused: {said['message']} (reset in 60 s or less: {said['reset_in_seconds'] <= 60})")
            refusals += 1
    print("its list of tools then:", client.get("/tools").status_code)
EOF2
venv/bin/python ask.py "http://127.0.0.1:$port" "$token" >seen 2>>log

compare
