# SPDX-License-Identifier: GPL-3.0-or-later
# /// script
# dependencies = ["nox", "antsibull-nox"]
# ///
"""The gates, as continuous integration runs them: `make setup-dev`, then `.venv/bin/nox` for those of every change.

antsibull-nox.toml has sanity, which needs an environment of its own for each ansible-core. All else is the Makefile's,
in .venv. `nox --list` names them; CONTRIBUTING.md says what each holds and how long it takes.
"""

from __future__ import annotations

import re
from pathlib import Path

import antsibull_nox
import nox

nox.options.default_venv_backend = "uv|virtualenv"
antsibull_nox.load_antsibull_nox_toml()

VERSIONS = ("1.77.3", "1.108.7")
# Each ansible-core that is supported, on a Python that it takes; the package ansible that has it is seven behind.
CORES = {"2.17": "3.11", "2.18": "3.11", "2.19": "3.11", "2.20": "3.12", "2.21": "3.13"}
SCENARIOS = sorted(path.parent.name for path in Path("molecule").glob("*/molecule.yml"))


def make(session: nox.Session, target: str, *pytest: str, **environment: str) -> None:
    arguments = " ".join([*pytest, *session.posargs])
    session.run("make", target, f"ARGS={arguments}", external=True, env=environment)


@nox.session(python=False)
def lint(session: nox.Session) -> None:
    """Style, documentation, packaging, Galaxy's importer, sanity on this ansible-core, and this configuration."""
    make(session, "lint", "--all")


@nox.session(python=False, default=False)
def units(session: nox.Session) -> None:
    """What of the plugins and roles needs no engine."""
    make(session, "test", "tests/unit")


def locked_but(*names: str) -> str:
    """The locked packages without these, which are to be had in another version."""
    text = Path("requirements/dev.txt").read_text(encoding="utf-8")
    return re.sub(rf"(?ms)^(?:{'|'.join(names)})==.*?(?=^[a-z])", "", text)


@nox.session(default=False, venv_backend="uv")
@nox.parametrize("python,core", [(python, core) for core, python in CORES.items()], ids=list(CORES))
def core(session: nox.Session, core: str) -> None:
    """On one ansible-core: plugins and roles without an engine, all of sanity, and a deployment, twice, looked at."""
    minor = int(core.partition(".")[2])
    folder = Path(session.create_tmp())
    wanted, locked = folder / "wanted.txt", folder / "locked.txt"
    wanted.write_text(f"ansible=={minor - 7}.*\nansible-core=={core}.*\n", encoding="utf-8")
    # ansible-core has a range for resolvelib of its own.
    locked.write_text(locked_but("ansible", "ansible-core", "resolvelib"), encoding="utf-8")
    session.install("-r", "requirements/dev.in", "--constraints", str(locked), "--overrides", str(wanted))
    parts = session.posargs or ["tests/unit", "tests/tooling/test_sanity.py", "tests/scenarios/test_default.py"]
    session.run("python", "-m", "pytest", "-n", "2", "--no-loadscope-reorder", *parts, env={"LC_ALL": "C.UTF-8"})


@nox.session(python=False)
def test(session: nox.Session) -> None:
    """Everything but the long tests."""
    make(session, "test")


@nox.session(python=False, default=False)
@nox.parametrize("version", VERSIONS, ids=VERSIONS)
def integration(session: nox.Session, version: str) -> None:
    """All tests against gateways of one version of LiteLLM, the long ones too."""
    chosen = "not newest" if version == VERSIONS[0] else "newest or site"
    make(session, "test-all", "tests/integration", f"-k '{chosen}'", MCP_LAN_TEST_LITELLM_VERSION=version)


@nox.session(python=False, default=False)
def clients(session: nox.Session) -> None:
    """The vendors' client programs and SDKs, and the images by themselves."""
    make(session, "test-all", "tests/clients", "tests/images")


@nox.session(python=False, default=False)
@nox.parametrize("scenario", SCENARIOS, ids=SCENARIOS)
def molecule(session: nox.Session, scenario: str) -> None:
    """One of Molecule's scenarios from nothing to nothing; MCP_LAN_TEST_LITELLM_VERSION names the version."""
    session.run("make", "setup-dev", external=True)
    path = f"{Path.cwd() / '.venv' / 'bin'}:{session.env.get('PATH') or ''}"
    session.run("molecule", "test", "-s", scenario, external=True, env={"PATH": path, "LC_ALL": "C.UTF-8"})


@nox.session(python=False, default=False)
def docs(session: nox.Session) -> None:
    """The documentation's site, without a warning."""
    session.run("make", "docs", external=True)


if __name__ == "__main__":
    nox.main()
