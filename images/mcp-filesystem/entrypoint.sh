#!/bin/sh
# Serves the folders that are its arguments: one @modelcontextprotocol/server-filesystem behind mcp-proxy.
# SPDX-License-Identifier: GPL-3.0-or-later
#
# With "--serve" it is the process that mcp-proxy starts: the server itself, and the end of the container when the
# server ends. mcp-proxy would live on without it and answer every call with an error; so the restart policy heals it.
set -u

if [ "${1:-}" = --serve ]; then
    shift
    node /opt/app/node_modules/@modelcontextprotocol/server-filesystem/dist/index.js "$@"
    echo "mcp-filesystem: the server ended with status $?; the container ends with it" >&2
    kill -TERM "$PPID"
    # Open streams keep the proxy from a clean end; nobody can be served any more.
    sleep 2
    kill -KILL "$PPID"
    exit 1
fi

[ $# -gt 0 ] || set -- /data
for folder in "$@"; do
    if [ ! -d "$folder" ] || [ ! -r "$folder" ] || [ ! -x "$folder" ]; then
        echo "mcp-filesystem: the folder $folder is not there, or uid $(id -u) may not read it" >&2
        exit 1
    fi
done
# Stateless: a client's session survives a restart of the container, and none is kept that a client forgot.
exec mcp-proxy --host=0.0.0.0 --port=8000 --stateless --log-level=WARNING -- "$0" --serve "$@"
