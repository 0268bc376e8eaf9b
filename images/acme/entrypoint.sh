#!/usr/bin/env bash
# Looks every six hours whether the certificate is due, and has the ACME server issue another one then.
# SPDX-License-Identifier: GPL-3.0-or-later
#
# "ask" as the only argument: does so at once; one line of standard output says what came of it.
# "health": whether the certificate that there is has not ended.
# ACME_DIRECTORY      the ACME server's directory
# ACME_EMAIL          whom it may write to
# ACME_DOMAINS        the names, separated by commas
# ACME_CHALLENGE      http-01 or dns-01
# ACME_DNS_PROVIDER   lego's code for who has the zone; its credentials are in variables of its own
# ACME_DNS_RESOLVERS  HOST:PORT of those that are asked whether a record is there, separated by commas; may be empty
# ACME_RENEW_DAYS     how many days before its end a certificate is due, or at a third of its time where that is less
set -u
data=/var/lib/acme
live=$data/live/tls.pem
# An account and its certificates for each server, address and list of names: lego renews for the account that asked first.
place=$data/$(printf '%s\n' "$ACME_DIRECTORY" "$ACME_EMAIL" "$ACME_DOMAINS" | sha256sum | cut -c 1-16)

seconds() { date -d "$(openssl x509 -noout "-$2" -in "$1" | cut -d = -f 2)" +%s; }

due() {
    local begins ends before=$((ACME_RENEW_DAYS * 86400))
    begins=$(seconds "$1" startdate) && ends=$(seconds "$1" enddate) || return 0
    ((before > (ends - begins) / 3)) && before=$(((ends - begins) / 3))
    ((ends - $(date +%s) < before))
}

issued() { find "$place/certificates" -name '*.crt' ! -name '*.issuer.crt' 2>/dev/null | head -n 1; }

lego_asks() {
    local options=(--accept-tos --server "$ACME_DIRECTORY" --email "$ACME_EMAIL" --path "$place")
    local domain resolver
    for domain in ${ACME_DOMAINS//,/ }; do options+=(--domains "$domain"); done
    if [ "$ACME_CHALLENGE" = http-01 ]; then
        options+=(--http --http.port :8080)
    else
        options+=(--dns "$ACME_DNS_PROVIDER")
        for resolver in ${ACME_DNS_RESOLVERS//,/ }; do options+=(--dns.resolvers "$resolver"); done
    fi
    lego "${options[@]}" "$@" >/tmp/said 2>&1
}

ask() {
    local certificate what=nothing
    mkdir -p "$place" $data/live && chmod 0700 "$place" && chmod 0750 $data/live || return
    exec 9>$data/lock && flock 9 || return
    certificate=$(issued)
    if [ -z "$certificate" ]; then
        what=issued
        lego_asks run
    elif due "$certificate"; then
        what=renewed
        lego_asks renew --days 3650 --no-random-sleep
    fi || {
        # lego's lines begin with the time.
        grep . /tmp/said | tail -n 1 | sed -E 's|^[0-9/]+ [0-9:]+ ||'
        return 1
    }
    certificate=$(issued)
    (umask 027 && cat "$certificate" "${certificate%.crt}.key" >$live.new) || return
    if cmp -s $live.new $live; then
        rm $live.new
    else
        mv $live.new $live || return
        [ $what != nothing ] || what=taken
    fi
    echo "$what"
}

case "${1:-}" in
ask)
    ask
    exit
    ;;
health)
    [ ! -e $live ] || openssl x509 -noout -checkend 0 -in $live >/dev/null
    exit
    ;;
esac

trap 'kill $waits 2>/dev/null; exit' TERM INT
while true; do
    sleep 6h &
    waits=$!
    wait $waits
    # A process of its own: the lock goes with it.
    if ! said=$(ask); then
        echo "no certificate was issued for $ACME_DOMAINS: $said" >&2
    elif [ "$said" != nothing ]; then
        echo "$said"
    fi
done
