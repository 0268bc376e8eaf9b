# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests share: an engine that answers, and a gateway, which the scenario "default" deploys and removes."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import tempfile
from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling

# What pyproject.toml says as pythonpath, for ansible-test, which has a configuration of its own.
TOP = Path(__file__).resolve().parent.parent
for folder in ("tests/support", "roles/litellm_gateway/files/config"):
    if str(TOP / folder) not in sys.path:
        sys.path.insert(0, str(TOP / folder))

import docker  # noqa: E402
import leaks  # noqa: E402
import scenario  # noqa: E402
import services  # noqa: E402
import tree  # noqa: E402
from ansible_collections.mcp_lan.litellm.plugins.module_utils.capabilities import NEWEST_TESTED  # noqa: E402
from hypothesis import settings  # noqa: E402

# Tests read every task of a run; what a person sees of it has a test of its own.
os.environ.setdefault("ANSIBLE_STDOUT_CALLBACK", "ansible.builtin.default")

# On a machine that others use an example may take its time.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

WATCH = pytest.StashKey[leaks.Watch]()


def pytest_addoption(parser):
    parser.addoption("--all", action="store_true", help="run the tests marked slow as well")


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: takes minutes; run by 'make test-all' (pytest --all)")


# What shares the gateways with the guard, of which each process that has such tests starts its own.
GUARDED = (
    "tests/integration/clients/",
    "tests/integration/front_door/",
    "tests/integration/guard/",
    "tests/integration/openapi/",
)
# What needs the engine and nothing that other tests have there, one after another in whichever process is free.
APART = (
    "tests/integration/front_door/test_every_way_in.py",
    "tests/integration/guard/test_ready.py",
    "tests/integration/compose/",
    "tests/integration/egress/",
    "tests/integration/kubernetes/",
    "tests/integration/postgresql/",
    "tests/images/",
)


class GatewayInOneProcess(LoadScopeScheduling):
    """What shares a gateway and networks runs in one process, in order: the deployed one's and those with the guard."""

    def _split_scope(self, nodeid):
        if nodeid.startswith(("tests/unit/", "tests/tooling/")):
            return nodeid.partition("::")[0]
        apart = next((place for place in APART if nodeid.startswith(place)), None)
        return apart or ("guarded" if nodeid.startswith(GUARDED) else "deployed")


def pytest_make_parametrize_id(config, val, argname):
    """A moment is not named by itself: one that is reckoned from now would be another in each process."""
    return argname if isinstance(val, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-][\d:]+)", val) else None


def pytest_xdist_make_scheduler(config, log):
    return GatewayInOneProcess(config, log)


def pytest_collection_modifyitems(config, items):
    # When the images are there: first what takes longest, then the rest.
    items.sort(key=lambda item: 2 if item.nodeid.startswith(APART) else item.nodeid.startswith(GUARDED))
    if config.getoption("--all"):
        return
    slow = [item for item in items if item.get_closest_marker("slow")]
    config.hook.pytest_deselected(items=slow)
    items[:] = [item for item in items if item not in slow]


@pytest.fixture(scope="session", autouse=True)
def no_value_is_told(request, tmp_path_factory):
    """No value of a test's store in any log, process argument, environment or file that others may read."""
    watch = request.config.stash[WATCH] = leaks.Watch(tree.OUTPUT, tmp_path_factory.getbasetemp())
    watch.start()
    yield
    told = watch.stop()
    assert not told, "values of a store of the tests are in: " + "; ".join(told)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item, nextitem):
    """Before what a file of tests has made goes with it."""
    if nextitem is None or nextitem.path != item.path:
        watch = item.config.stash[WATCH]
        watch.learn(watch.output, watch.temporary)


@pytest.fixture(scope="session")
def show(request):
    """Lets a long step print as it goes, although pytest captures the tests' output."""
    return request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled


@pytest.fixture(scope="session")
def engine(show):
    """A container engine that answers; the role docker_engine starts it where none does."""
    with show():
        step = scenario.start_engine()
    assert step.ok, f"no container engine answers:\n{step.tail}"
    # Once in a run, by the process that begins with what needs the engine: later it would be what another one uses.
    with contextlib.suppress(FileExistsError):
        name = f"mcp-lan-tests-{os.environ.get('PYTEST_XDIST_TESTRUNUID') or os.getpid()}"
        (Path(tempfile.gettempdir()) / name).touch(exist_ok=False)
        services.remove_left_over(docker.from_env())


@pytest.fixture(scope="session")
def images(engine, show, request):
    """The images that tests start by themselves: {environment variable: reference}, and in the environment as well.

    What the environment names already is taken as it is, to develop an image.
    """
    desired = {
        "MCP_LAN_TEST_POSTGRES_IMAGE": {"name": "postgresql"},
        "MCP_LAN_TEST_LITELLM_IMAGE": {"name": "litellm"},
        "MCP_LAN_TEST_FRONT_DOOR_IMAGE": {"name": "front-door"},
    }
    if request.config.getoption("--all"):
        desired["MCP_LAN_TEST_NEWEST_LITELLM_IMAGE"] = {"name": "litellm", "version": NEWEST_TESTED}
    missing = {variable: image for variable, image in desired.items() if not os.environ.get(variable)}
    if missing:
        with show():
            step, made = scenario.make_images(missing)
        assert step.ok, f"an image cannot be had:\n{step.tail}"
        os.environ.update(made)
    return {variable: os.environ[variable] for variable in desired}


@pytest.fixture(scope="session")
def deployed(engine, show):
    """The scenario "default", converged; destroyed at the end unless MCP_LAN_TEST_KEEP is set."""
    default = scenario.Scenario("default", show)
    default.run("destroy")
    converge = default.run("converge")
    try:
        assert converge.ok, f"molecule converge failed:\n{converge.tail}"
        yield default
    finally:
        if not os.environ.get("MCP_LAN_TEST_KEEP"):
            default.run("destroy")


@pytest.fixture(scope="session")
def gateway(request):
    """The test gateway's address and secrets; that of MCP_LAN_TEST_API_URL where one is named, to develop against."""
    if not os.environ.get("MCP_LAN_TEST_API_URL"):
        request.getfixturevalue("deployed")
    found = scenario.Gateway.from_environment()
    os.environ.update(found.environment())
    return found
