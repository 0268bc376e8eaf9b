# SPDX-License-Identifier: GPL-3.0-or-later
"""Adds a version of LiteLLM: add_litellm.py VERSION [AS_OF], which ``make litellm`` runs.

Locks its packages (AS_OF, a date, takes them as they were on that day), builds its image, reads out of it what it
serves and keeps, writes the version's file, says what differs from the nearest known version, and runs the tests of
the image, of what a key may reach, and of the engine on it. What a person has to decide is printed at the end. Run it
again after a decision: nothing is asked of the index twice that is locked already.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TOP / ".collections"), str(TOP / "tests/support")]

import litellm_settings  # noqa: E402
import scenario  # noqa: E402
from ansible_collections.mcp_lan.litellm.plugins.module_utils.capabilities import (  # noqa: E402
    NEWEST_TESTED,
    CapabilityError,
    for_version,
    parse,
)
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._litellm import settings  # noqa: E402

LOCKS = TOP / "images/litellm/locks"
FILE = """\
# SPDX-License-Identifier: GPL-3.0-or-later
# LiteLLM {version}: which keys of config.yaml it reads, and of what types. Read out of its package by
# scripts/litellm_settings.py.
---
version: {version}
tested: {tested}
# When the last of its database migrations was made (litellm_proxy_extras/migrations).
last_migration: "{last_migration}"
{settings}"""
TESTS = ("tests/images/litellm", "tests/integration/guard", "tests/integration/engine")
# As long as a list of differences may be in one line.
SHOWN = 40


@contextlib.contextmanager
def step(what: str) -> Iterator[None]:
    """Says what is done, and how long it took."""
    print(f"== {what} ...", flush=True)
    began = time.monotonic()
    yield
    print(f"== {what}: {time.monotonic() - began:.0f} s", flush=True)


def lock(version: str, as_of: str) -> None:
    """Its packages, unless they are locked already; SystemExit where the index does not have them all."""
    if (LOCKS / f"{version}.txt").is_file() and not as_of:
        return
    made = subprocess.run(
        ["sh", str(TOP / "images/litellm/lock.sh"), version, *([as_of] if as_of else [])],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        why = " ".join(made.stderr.split())
        raise SystemExit(f"LiteLLM {version} cannot be locked, its packages are not all on the package index: {why}")


def nearest(version: str) -> str:
    """The version to compare with: the last known one before it that can be built, otherwise the first one behind."""
    there = [one for one in settings.known() if one != version and (LOCKS / f"{one}.txt").is_file()]
    before = [one for one in there if parse(one) < parse(version)]
    return before[-1] if before else there[0]


def facts(image: str) -> dict:
    """What litellm_facts.py finds in an image."""
    found = subprocess.run(
        [
            *("docker", "run", "--rm", "--network", "none", "--env", "LITELLM_LOCAL_MODEL_COST_MAP=True"),
            *("--volume", f"{TOP / 'scripts'}:/scripts:ro", "--entrypoint", "python", image),
            "/scripts/litellm_facts.py",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if found.returncode:
        raise SystemExit(f"{image} does not tell what it is:\n{found.stderr[-2000:]}")
    return json.loads(found.stdout.splitlines()[-1])


def write(version: str, found: dict) -> None:
    """The version's file; whether it is among the tested ones stays as it is."""
    tested = settings.known().get(version, {}).get("tested", False)
    text = FILE.format(
        version=version,
        tested=str(tested).lower(),
        last_migration=found["last_migration"],
        settings=litellm_settings.written(found["settings"]),
    )
    (settings.VERSIONS / f"{version}.yml").write_text(text, encoding="utf-8")


def differences(before: dict, after: dict) -> Iterator[str]:
    """What is another one, in sentences."""
    for section in after["settings"]:
        old, new = before["settings"][section], after["settings"][section]
        yield from _differ(f"config.yaml, {section}", old, new)
        other = sorted(key for key in old.keys() & new.keys() if old[key] != new[key])
        if other:
            yield f"config.yaml, {section}: of other types: {_shown(other)}"
    yield from _differ("routes", before["routes"], after["routes"])
    yield from _differ("tables", before["tables"], after["tables"])
    for table in sorted(before["tables"].keys() & after["tables"].keys()):
        yield from _differ(f"columns of {table}", before["tables"][table], after["tables"][table])
    yield from _differ("versions of MCP", before["protocols"], after["protocols"])


def _differ(what: str, before: Iterable[str], after: Iterable[str]) -> Iterator[str]:
    gone, new = sorted(set(before) - set(after)), sorted(set(after) - set(before))
    if gone:
        yield f"{what}: no longer: {_shown(gone)}"
    if new:
        yield f"{what}: new: {_shown(new)}"


def _shown(names: list[str]) -> str:
    more = f", and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def decisions(version: str, passed: bool) -> Iterator[str]:
    """What is left to a person."""
    if not passed:
        yield "Tests failed: what LiteLLM changed needs code, or a feature in plugins/module_utils/capabilities.py."
    yield (
        "What is new among the routes and settings: what says where a request goes, with whose credential, how it is\n"
        "  logged or what it costs is refused by roles/litellm_gateway/files/requests/common.yml; what a public API\n"
        "  documents is allowed in the file of its API beside it."
    )
    file = f"plugins/plugin_utils/_litellm/versions/{version}.yml"
    if parse(version) > parse(NEWEST_TESTED):
        yield (
            "To make it the newest tested one: NEWEST_TESTED in plugins/module_utils/capabilities.py; tested: true\n"
            f"  in {file}; images/litellm/locks/{NEWEST_TESTED}.txt goes; make test-all."
        )
    yield f"To keep it: commit images/litellm/locks/{version}.txt and {file}."


def main(version: str, as_of: str = "") -> int:
    """All steps; 0 where all tests passed."""
    try:
        for_version(version)
    except CapabilityError as error:
        raise SystemExit(f"VERSION: {error}.") from None
    began = time.monotonic()
    near = nearest(version)
    with step(f"lock LiteLLM {version}"):
        lock(version, as_of)
    with step(f"have the images of {version} and {near}"):
        made, images = scenario.make_images(
            {"MCP_LAN_TEST_LITELLM_IMAGE": {"name": "litellm", "version": near, "source": "build"}}
            | {"MCP_LAN_TEST_NEWEST_LITELLM_IMAGE": {"name": "litellm", "version": version, "source": "build"}}
        )
    if not made.ok:
        raise SystemExit(f"LiteLLM {version} cannot be built; the first error above says why.")
    with step("read what both serve and keep"):
        before, after = (facts(image) for image in images.values())
    write(version, after)
    with step(f"run the tests on {version}"):
        command = [sys.executable, "-m", "pytest", "-q", "--all", "-k", "newest", "-n", "0", *TESTS]
        passed = subprocess.run(command, cwd=TOP, env={**os.environ, **images}, check=False).returncode == 0
    print(f"\nLiteLLM {version} beside {near}:")
    for line in differences(before, after):
        print(f"- {line}")
    print(f"\nWhat a person has to decide (all of this took {(time.monotonic() - began) / 60:.0f} min):")
    for line in decisions(version, passed):
        print(f"- {line}")
    return 0 if passed else 1


if __name__ == "__main__":
    if not 1 < len(sys.argv) < 4:
        raise SystemExit("usage: make litellm VERSION=1.108.7 [AS_OF=2026-11-01]")
    sys.exit(main(*sys.argv[1:]))
