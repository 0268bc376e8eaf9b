#!/bin/sh
# Makes the database cluster once, whole or not at all, and then becomes PostgreSQL.
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The names are those of the official image (a subset): POSTGRES_PASSWORD_FILE or POSTGRES_PASSWORD (needed for the
# first start only), POSTGRES_USER (default postgres), POSTGRES_DB (default: none beside the user's own), PGDATA.
set -eu

fail() {
    echo "postgresql: $*" >&2
    exit 1
}

# The whole start is a function so that nothing is read from this file after the cluster has been touched.
make_cluster() {
    volume=$(dirname "$PGDATA")
    [ -w "$volume" ] || fail "$volume is not writable for uid $(id -u): the volume belongs to $(stat -c %u "$volume")"

    if [ -n "${POSTGRES_PASSWORD_FILE:-}" ]; then
        [ -r "$POSTGRES_PASSWORD_FILE" ] || fail "cannot read POSTGRES_PASSWORD_FILE ($POSTGRES_PASSWORD_FILE)"
        POSTGRES_PASSWORD=$(cat "$POSTGRES_PASSWORD_FILE")
    fi
    [ -n "${POSTGRES_PASSWORD:-}" ] || fail "POSTGRES_PASSWORD_FILE or POSTGRES_PASSWORD is needed to make the cluster"
    owner=${POSTGRES_USER:-postgres}

    # What an earlier start left when it was killed half-way.
    rm -rf "$PGDATA".init.*
    new=$(mktemp -d "$PGDATA.init.XXXXXX")
    echo "postgresql: making a cluster in $PGDATA"

    umask 077
    printf '%s\n' "$POSTGRES_PASSWORD" >"$new.pw"
    trap 'rm -rf "$new" "$new.pw"' EXIT
    # initdb syncs what it wrote; what is added below is synced before the move.
    initdb -D "$new" -U "$owner" --pwfile="$new.pw" --auth-local=trust --auth-host=scram-sha-256 \
        -E UTF8 --locale=C.UTF-8 --data-checksums >/dev/null
    rm -f "$new.pw"
    echo "host all all all scram-sha-256" >>"$new/pg_hba.conf"
    {
        echo "listen_addresses = '*'"
        echo "password_encryption = 'scram-sha-256'"
        echo "log_timezone = 'UTC'"
    } >>"$new/postgresql.conf"
    if [ -n "${POSTGRES_DB:-}" ] && [ "$POSTGRES_DB" != postgres ]; then
        quoted=$(printf '%s' "$POSTGRES_DB" | sed 's/"/""/g')
        printf 'CREATE DATABASE "%s"\n' "$quoted" | postgres --single -D "$new" postgres >/dev/null
    fi
    sync -f "$new"
    mv -T "$new" "$PGDATA"
    trap - EXIT
    sync "$volume"
}

if [ "${1:-postgres}" = postgres ]; then
    [ -s "$PGDATA/PG_VERSION" ] || make_cluster
    found=$(cat "$PGDATA/PG_VERSION")
    [ "$found" = "$PG_MAJOR" ] \
        || fail "the volume holds a cluster of PostgreSQL $found and this image is $PG_MAJOR: dump and restore it"
fi
# The server needs no password of its own; its environment is readable for who can read its process.
unset POSTGRES_PASSWORD
exec "$@"
