# SPDX-License-Identifier: GPL-3.0-or-later
"""The scenario "default": a gateway from the real images, deployed, deployed again, and looked at from outside."""

from __future__ import annotations

import re


def test_converge(deployed):
    """The deployment itself; "deployed" fails where it does."""
    assert deployed.name == "default"


def test_idempotence(deployed):
    step = deployed.run("idempotence")
    changed = re.findall(r"^changed: .*$", step.output, re.MULTILINE)
    assert step.ok, "a second run changed something:\n" + ("\n".join(changed) or step.tail)


def test_verify(deployed):
    step = deployed.run("verify")
    assert step.ok, f"testinfra found:\n{step.tail}"
