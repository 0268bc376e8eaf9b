# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The nftables rules by which the gateway's ports are the local network's alone. Pure."""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections.abc import Iterable
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError

# What an engine publishes it redirects at the priority dstnat (-100); before that a packet still has the port that it
# was sent to, and no rule of an engine's has let it through.
_CHAIN = """
  chain {chain} {{
    type filter hook prerouting priority -150; policy accept;
    iif lo accept
    ct direction reply accept
    fib daddr type != local accept
    tcp dport != {{ {ports} }} accept
{sources}    counter drop
  }}
"""


def rules(networks: Iterable[Any], table: str, ports: Iterable[Any], ssh_port: Any = 22) -> dict[str, str]:
    """The table as nft reads it, in the place of the one before, and what its chain is called: by what is in it."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,60}", table):
        raise _refusal(f"firewall_table is {table!r}: letters, digits and _ alone make a name.")
    sources = _sources(networks)
    body = _CHAIN.format(chain="{chain}", ports=", ".join(map(str, _ports(ports, ssh_port))), sources=sources)
    chain = "lan_" + hashlib.sha256(body.encode()).hexdigest()[:12]
    body = body.replace("chain {chain}", f"chain {chain}")
    # With the first line nft may delete it where there is none; all of a file takes effect at once.
    text = f"table inet {table}\ndelete table inet {table}\ntable inet {table} {{{body}}}\n"
    return {"text": text, "chain": chain}


def _sources(networks: Iterable[Any]) -> str:
    found: dict[int, list[str]] = {4: [], 6: []}
    for one in networks:
        try:
            if "%" in str(one):  # what is at one interface alone, which nft has no networks for
                raise ValueError(one)
            network = ipaddress.ip_network(str(one))
        except ValueError:
            raise _refusal(
                f"firewall_networks has {str(one)!r}, which is no address and no network: write it like 192.168.1.0/24."
            ) from None
        found[network.version].append(str(network))
    if not any(found.values()):
        raise _refusal(
            "firewall_networks names nobody, so nobody could reach the gateway: name the local network, such as "
            "192.168.1.0/24."
        )
    kinds = {4: "ip", 6: "ip6"}
    return "".join(
        f"    {kinds[version]} saddr {{ {', '.join(sorted(set(each)))} }} accept\n"
        for version, each in found.items()
        if each
    )


def _ports(ports: Iterable[Any], ssh_port: Any) -> list[int]:
    found = set()
    for one in ports:
        if not re.fullmatch(r"[0-9]{1,5}", str(one)) or not 0 < int(str(one)) < 65536:
            raise _refusal(f"firewall_ports has {str(one)!r}, which is no port.")
        if str(int(str(one))) in ("22", str(ssh_port)):
            raise _refusal(
                f"firewall_ports has {one}, by which this host is administered (SSH): leave it out, it stays as it is."
            )
        found.add(int(str(one)))
    if not found:
        raise _refusal("firewall_ports names none: leave it out for all that the gateway publishes.")
    return sorted(found)


def _refusal(sentence: str) -> UserError:
    return UserError(f"{sentence} Nothing has been changed.", "firewall_invalid")
