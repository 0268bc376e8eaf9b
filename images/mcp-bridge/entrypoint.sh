#!/bin/sh
# Serves the MCP server that is its command: one process of it behind mcp-proxy, for all sessions and calls.
# SPDX-License-Identifier: GPL-3.0-or-later
#
# With "--serve" it is the process that mcp-proxy starts: the server itself, and the end of the container when the
# server ends. mcp-proxy would live on without it and answer every call with an error; so the restart policy heals it.
# One that hangs is ended too: three times in a row it has not said its tools within MCP_BRIDGE_WATCH seconds (20).
# With "--direct" the server is one that speaks HTTP itself, and there is no bridge.
# With "--packages" it copies the server's packages to a folder, for a gateway that starts the server itself.
set -u

if [ "${1:-}" = --serve ]; then
    shift
    "$@"
    echo "mcp-bridge: $1 ended with status $?; the container ends with it" >&2
    kill -TERM "$PPID"
    # Open streams keep the proxy from a clean end; nobody can be served any more.
    sleep 2
    kill -KILL "$PPID"
    exit 1
fi

if [ "${1:-}" = --packages ]; then
    if cmp -s /opt/server/.digest "$2/.digest"; then
        echo "mcp-bridge: the packages are there"
        exit 0
    fi
    # The digest last: what was cut off is done again.
    find "$2" -mindepth 1 -delete \
        && (cd /opt/server && find . -mindepth 1 -maxdepth 1 ! -name .digest -exec cp -a {} "$2" \;) \
        && cp /opt/server/.digest "$2" \
        && echo "mcp-bridge: the packages are copied"
    exit
fi

direct=
if [ "${1:-}" = --direct ]; then
    shift
    direct=1
fi
# A package of npm stands for its program: program.py.
case ${1:-} in
    @*/*)
        program=/opt/server/node_modules/.bin/$1
        shift
        set -- "$program" "$@"
        ;;
esac
if ! command -v "${1:-}" > /dev/null; then
    programs=$(find /opt/server/bin /opt/server/node_modules/.bin -executable ! -type d ! -name 'python*' \
        ! -name 'activate*' -printf '%f ' 2> /dev/null)
    echo "mcp-bridge: there is no program '${1:-}' in this image; its package has: $programs" >&2
    exit 1
fi
[ -z "$direct" ] || exec "$@"

answers() {
    # shellcheck disable=SC2016 # the inner shell expands it
    timeout "$seconds" bash -c '
        body="{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\",\"params\":{}}"
        exec 3<>/dev/tcp/127.0.0.1/8000
        printf "POST /mcp HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/json\r\n" >&3
        printf "Accept: application/json, text/event-stream\r\nContent-Length: %d\r\n\r\n%s" ${#body} "$body" >&3
        read -r _ code _ <&3 && [ "$code" = 200 ]' 2> /dev/null
}
watch() {
    until answers; do sleep 1; done
    missed=0
    while [ "$missed" -lt 3 ]; do
        sleep "$seconds"
        if answers; then missed=0; else missed=$((missed + 1)); fi
    done
    echo "mcp-bridge: the server has not answered for $((seconds * 3)) s; the container ends with it" >&2
    kill -TERM "$1"
    sleep 2
    kill -KILL "$1"
}
seconds=${MCP_BRIDGE_WATCH:-20}
# The bridge takes this shell's place, and its number.
watch $$ &
# Stateless: a client's session survives a restart of the container, and none is kept that a client forgot.
exec /opt/bridge/bin/mcp-proxy --host=0.0.0.0 --port=8000 --stateless --pass-environment --log-level=WARNING \
    -- "$0" --serve "$@"
