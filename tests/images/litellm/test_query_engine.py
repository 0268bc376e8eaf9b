# SPDX-License-Identifier: GPL-3.0-or-later
"""The query engine's own unit tests, which need node alone and no package: run by the image's node."""

from __future__ import annotations


def test_units(playground, litellm_image, repository):
    container = playground.docker.containers.create(
        litellm_image,
        entrypoint=["sh", "-c", "cp -r /engine /tmp/engine && cd /tmp/engine && node --test test/"],
        volumes={str(repository / "images/litellm/query-engine"): {"bind": "/engine", "mode": "ro"}},
        network_mode="none",
    )
    playground.containers.append(container)
    container.start()
    status = container.wait(timeout=120)["StatusCode"]
    report = container.logs().decode()
    assert status == 0, report
    assert "\n# fail 0" in report and "\n# pass 0" not in report, report
