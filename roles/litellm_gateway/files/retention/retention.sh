#!/bin/sh
# Runs retention.sql once an hour. The container is unhealthy from a run that failed until one that did not.
# SPDX-License-Identifier: GPL-3.0-or-later
trap 'exit 0' TERM INT
here=$(dirname "$0")
while :; do
    if {
        echo "SET TimeZone = 'UTC'; CREATE TEMPORARY TABLE retained AS"
        echo "SELECT *, name = ANY (string_to_array(:'besides', ',')) AS by_litellm FROM ("
        cat "$here/tables.sql"
        echo ") AS listed;"
        cat "$here/retention.sql"
    } | psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --set VERBOSITY=terse --set days="$RETENTION_DAYS" \
        --set daily_days="$RETENTION_DAILY_DAYS" --set besides="${RETENTION_BY_LITELLM:-}"; then
        rm -f /tmp/failed
        pause=${RETENTION_PAUSE:-3600}
    else
        echo "retention: not all of it was deleted; it is tried again in 10 s" >&2
        touch /tmp/failed
        pause=10
    fi
    sleep "$pause" &
    wait $!
done
