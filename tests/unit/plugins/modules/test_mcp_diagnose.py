# SPDX-License-Identifier: GPL-3.0-or-later
"""mcp_diagnose as Ansible runs it; its links are in module_utils/test_diagnose.py."""

from __future__ import annotations

import json
import sys

import tls
import tree
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._tls import certificate


def diagnose(**arguments) -> tuple[int, str]:
    variables = json.dumps({"ansible_python_interpreter": sys.executable})
    given = json.dumps(arguments)
    return tree.run("ansible", "localhost", "-m", "mcp_lan.litellm.mcp_diagnose", "-a", given, "-e", variables)


def test_a_certificate_may_have_a_comment_in_any_language(tmp_path):
    authority = certificate.new_authority(tls.NAMES, tls.NOW)
    commented = f"# Zertifikat für 家\n{authority.public}"
    with tls.serving(tmp_path, authority) as url:
        status, output = diagnose(url=f"{url}/mcp/", links=["front_door"], ca_certificates=commented)
    assert status == 0 and "LiteLLM is alive behind it" in output, output


def test_where_no_link_is_asked_for_none_is_looked_at():
    status, output = diagnose(url="http://gateway.invalid/mcp/", links=[])
    assert status == 0 and "links: []" in output.replace('"', ""), output
