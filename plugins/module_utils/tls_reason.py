# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why no TLS came about, as a person can act on it: what OpenSSL says, put into words."""

from __future__ import annotations

import re

# In this order, as some of what OpenSSL says holds a word of another.
_REASONS = (
    (
        r"certificate has expired",
        "the certificate of {where} has expired: run site.yml, which renews the one of the deployment's own authority; "
        "have one from elsewhere renewed first",
    ),
    (
        r"not yet valid",
        "the certificate of {where} is not valid yet as this machine's clock goes: set the clock right",
    ),
    (
        r"(hostname|ip address) mismatch|not valid for|doesn't match",
        "the certificate of {where} is for other names than this one: add it to front_door_hosts and run site.yml, or "
        "use a name that the certificate has",
    ),
    (
        r"unable to get (local )?issuer|self[- ]signed|unknown ca|unable to verify",
        "the certificate of {where} is of an authority that is not trusted here: for the deployment's own one use the "
        "store of secrets that site.yml used, for another one set front_door_tls_ca_certificate or ca_path",
    ),
    (
        r"wrong.version|record layer|unknown protocol|packet length",
        "{where} speaks plain HTTP and the URL begins with https://: write http://",
    ),
    (
        r"handshake failure|protocol version|unsupported protocol|no shared cipher",
        "{where} and this machine have no version of TLS in common: the front door speaks TLS 1.2 and 1.3",
    ),
)
# What servers answer to plain HTTP on a port of TLS: the front door, nginx and Go (Traefik, Caddy).
SPEAKS_TLS = re.compile(
    r"(?i)speaks HTTPS alone|plain HTTP request was sent to HTTPS port|HTTP request to an HTTPS server"
)


def tls_reason(said, where):
    """The sentence for what an SSL error said, without a full stop."""
    for pattern, sentence in _REASONS:
        if re.search(pattern, said, re.IGNORECASE):
            return sentence.format(where=where)
    return f"TLS with {where} does not come about ({said[:200]})"


def speaks_tls(where):
    """The sentence for a server that wants TLS and was asked without, without a full stop."""
    return f"{where} speaks HTTPS and the URL begins with http://: write https://"
