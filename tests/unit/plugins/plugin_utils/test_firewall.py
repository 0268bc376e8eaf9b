# SPDX-License-Identifier: GPL-3.0-or-later
"""The firewall's table: what is in it, and what is refused; tests/integration/firewall tries it."""

from __future__ import annotations

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.firewall import rules

LAN = ["192.168.1.0/24", "192.168.1.10", "fd00::/8"]


def test_the_table_takes_the_place_of_the_one_before():
    made = rules(LAN, "mcp_lan", ["4080", 4000])
    assert made["text"].splitlines()[:2] == ["table inet mcp_lan", "delete table inet mcp_lan"]
    assert "tcp dport != { 4000, 4080 } accept" in made["text"]
    assert "ip saddr { 192.168.1.0/24, 192.168.1.10/32 } accept" in made["text"]
    assert "ip6 saddr { fd00::/8 } accept" in made["text"] and f"chain {made['chain']} {{" in made["text"]


def test_the_chain_is_called_by_what_is_in_it():
    names = [rules(networks, "mcp_lan", ports)["chain"] for networks in (LAN, LAN[:1]) for ports in ([1], [2])]
    assert len(set(names)) == 4 and rules(reversed(LAN), "mcp_lan", [1])["chain"] == names[0]


@pytest.mark.parametrize(
    ("networks", "table", "ports", "says"),
    [
        ([], "t", [4000], "firewall_networks names nobody"),
        (["192.168.1.1/24"], "t", [4000], "'192.168.1.1/24', which is no address and no network"),
        (["fe80::1%eth0"], "t", [4000], "'fe80::1%eth0', which is no address and no network"),
        (["lan"], "t", [4000], "'lan', which is no address and no network"),
        (LAN, "t", [], "firewall_ports names none"),
        (LAN, "t", ["x"], "'x', which is no port"),
        (LAN, "t", [70000], "'70000', which is no port"),
        (LAN, "t", [22], "firewall_ports has 22, by which this host is administered"),
        (LAN, "t", [2222], "firewall_ports has 2222, by which this host is administered"),
        (LAN, "t; flush ruleset", [4000], "letters, digits and _ alone make a name"),
    ],
)
def test_what_is_refused(networks, table, ports, says):
    with pytest.raises(UserError, match="Nothing has been changed") as refused:
        rules(networks, table, ports, 2222)
    assert says in str(refused.value)
