#!/usr/bin/env bash
# Runs nginx with /etc/front-door/nginx.conf, and has it read its configuration again when the gateway's address changes,
# and when the certificate does. Streams that are open go on.
# SPDX-License-Identifier: GPL-3.0-or-later
#
# FRONT_DOOR_UPSTREAM  the gateway's host name, which nginx.conf includes as /tmp/front_door_upstream.conf. nginx resolves
#                      it once, when it reads its configuration: a gateway that was made anew has another address, and
#                      one in replicas has several.
# FRONT_DOOR_UPSTREAM_PORT  (optional) its port, if it is not 4000.
# FRONT_DOOR_SECRET    what nginx.conf calls $door_secret: letters, digits, - and _.
# FRONT_DOOR_CERTIFICATE  (optional) the certificate with its key, if it is not /etc/front-door/tls.pem.
# "health" as the only argument: whether the gateway answers through nginx.
# "certificate": whether nginx has the certificate that is there; if not, a line of standard output says why.
set -u
config=/etc/front-door/nginx.conf
certificate=${FRONT_DOOR_CERTIFICATE:-/etc/front-door/tls.pem}
loaded=/tmp/certificate

certificate_sum() { [ ! -e "$certificate" ] || sha256sum <"$certificate"; }
# One a line, in one order: the engine gives those of several replicas in turn.
addresses() {
    local found
    found=$(getent ahostsv4 "$FRONT_DOOR_UPSTREAM") && cut -d ' ' -f 1 <<<"$found" | sort -u
}
load() { nginx -e stderr -c "$config" -t >/tmp/said 2>&1 && kill -HUP $nginx && echo "$1" >$loaded; }

if [ "${1:-}" = health ]; then
    exec 3<>/dev/tcp/127.0.0.1/8081 || exit 1
    printf 'GET /health HTTP/1.0\r\n\r\n' >&3
    IFS= read -r status <&3
    [[ $status == *" 200 "* ]]
    exit
fi

if [ "${1:-}" = certificate ]; then
    [ "$(certificate_sum)" = "$(cat $loaded)" ] && exit
    grep -m 1 -F '[emerg]' /tmp/said 2>/dev/null || echo "it has not been read yet"
    exit 1
fi

(umask 077 && printf "map '' \$door_secret { default '%s'; }\n" "$FRONT_DOOR_SECRET" >/tmp/front_door_secret.conf) || exit
unset FRONT_DOOR_SECRET
echo "server $FRONT_DOOR_UPSTREAM:${FRONT_DOOR_UPSTREAM_PORT:-4000} max_fails=0;" >/tmp/front_door_upstream.conf || exit

# The gateway may still be starting; without its address nginx would not start at all.
for _ in {1..60}; do
    address=$(addresses) && break
    sleep 1
done
certificate_sum >$loaded
nginx -e stderr -c "$config" -g 'daemon off;' &
nginx=$!
# What is under way may end; an open stream would hold up the end for as long as it likes.
trap 'kill -QUIT $nginx; (sleep 10; kill -TERM $nginx) & wait $nginx; exit' TERM INT
tried=$(cat $loaded)
while kill -0 $nginx 2>/dev/null; do
    sleep 5 &
    wait $!
    there=$(certificate_sum)
    if [ "$there" != "$tried" ]; then
        tried=$there
        load "$there" || cat /tmp/said >&2
    fi
    now=$(addresses) || continue
    if [ "$now" != "$address" ]; then
        address=$now
        kill -HUP $nginx
    fi
done
wait $nginx
