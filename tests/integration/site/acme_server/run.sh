#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# BIND changes the file of a zone that may be changed.
set -e
install -m 0666 /etc/acme-server/home.zone /tmp/zone
named -c /etc/acme-server/named.conf
exec pebble -config /etc/acme-server/pebble.json -dnsserver "$DNS_SERVER"
