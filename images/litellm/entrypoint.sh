#!/bin/sh
# Starts LiteLLM as its official image does, with the same arguments, once its database is there and migrated.
# SPDX-License-Identifier: GPL-3.0-or-later
set -eu

# The shell is process 1 here and would wait for the child before it heeded a signal: hand it on.
node /opt/litellm/migrate/main.js /opt/litellm/migrations &
child=$!
trap 'kill -TERM "$child" 2>/dev/null; exit 143' TERM INT
wait "$child"
trap - TERM INT

# Already done; LiteLLM's own way needs Prisma's command line.
export DISABLE_SCHEMA_UPDATE=true
exec litellm "$@"
