# SPDX-License-Identifier: GPL-3.0-or-later
"""The tarball builds, installs into an empty folder, documents itself there, and carries only what is for users."""

from __future__ import annotations

import json
import re
import tarfile

import pytest
import tree
import yaml
from packaging.requirements import Requirement

# What a user needs at the top of it; all else of a checkout stays there.
FOR_USERS = {
    *("FILES.json", "MANIFEST.json", "LICENSES", "README.md", "CONTRIBUTING.md", "CODE_OF_CONDUCT.md"),
    *("MAINTAINERS.md", "SECURITY.md", "bindep.txt", "requirements.txt", "changelogs", "demo", "docs", "images"),
    *("inventories", "meta", "playbooks", "plugins", "roles", "tests"),
}
# Kinds of plugin that ansible-doc can show, by their folder; an action plugin's documentation is its module's.
MODULES = tree.TOP / "plugins" / "modules"
DOCUMENTED = {"modules": "module", "lookup": "lookup", "filter": "filter", "test": "test", "callback": "callback"}


def plugins(folder):
    return sorted(path.stem for path in (tree.TOP / "plugins" / folder).glob("*.py") if not path.name.startswith("_"))


def test_tarball_is_for_users(tarball):
    with tarfile.open(tarball) as archive:
        names = archive.getnames()
        manifest = json.load(archive.extractfile("MANIFEST.json"))["collection_info"]
    tops = {name.split("/")[0] for name in names}
    # The first is a release's, the second a link, which the copy of the checkout does not have.
    tops -= {"CHANGELOG.md", "LICENSE"}
    assert tops == FOR_USERS, f"galaxy.yml's build_ignore: {sorted(tops ^ FOR_USERS)}"
    tests = {name.split("/")[1] for name in names if name.startswith("tests/")}
    assert tests == {"config.yml", "sanity"}, f"galaxy.yml's build_ignore lets through: {sorted(tests)}"
    assert not [name for name in names if name.startswith("changelogs/fragments")]
    assert all(manifest[name].startswith("https://") for name in ("repository", "documentation", "homepage", "issues"))


def test_execution_environment(installed, tmp_path):
    """ansible-builder takes the definition, and finds in the collection what has to go into the image."""
    tree.check("ansible-builder", "create", "-f", "execution-environment.yml", "-c", tmp_path / "context")
    made = yaml.safe_load((tmp_path / "context" / "_build" / "requirements.yml").read_text(encoding="utf-8"))
    assert [one["name"] for one in made["collections"]] == [f"{tree.NAMESPACE}.{tree.NAME}"]
    # Its list is of those that go into an image: the second field of a line says of which distribution.
    found = yaml.safe_load(tree.check("ansible-builder", "introspect", "--sanitize", installed.parents[2]))
    assert {re.match(r"[a-z]+", line)[0] for line in found["python"]} == {"mcp", "requests", "hvac"}
    assert {line.split()[0] for line in found["system"]} == {"openssh-client", "openssh-clients", "sshpass"}


def test_what_python_needs_is_what_is_locked():
    """A range of requirements.txt has the version that the checkout deploys with."""
    locked = dict(re.findall(r"(?m)^([a-z-]+)==(\S+)", (tree.TOP / "requirements/deploy.in").read_text()))
    for line in (tree.TOP / "requirements.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            wanted = Requirement(line)
            assert wanted.specifier.contains(locked[wanted.name]), line


@pytest.mark.parametrize("folder", [folder for folder in DOCUMENTED if plugins(folder)])
def test_documentation_of_every_plugin(installed, folder):
    names = [f"{tree.NAMESPACE}.{tree.NAME}.{name}" for name in plugins(folder)]
    status, output = tree.run(
        *("ansible-doc", "--json", "--type", DOCUMENTED[folder], *names),
        ANSIBLE_COLLECTIONS_PATH=str(installed.parents[2]),
        ANSIBLE_CONFIG=str(installed.parents[2] / "ansible.cfg"),
    )
    assert status == 0, output
    shown = json.loads(output[output.index("{") :])
    missing = [name for name in names if name not in shown]
    assert not missing, f"ansible-doc shows nothing for {missing}:\n{output[: output.index('{')]}"


def test_action_group_names_every_module_that_talks_to_the_gateway():
    runtime = yaml.safe_load((tree.TOP / "meta" / "runtime.yml").read_text(encoding="utf-8"))
    group = set(runtime["action_groups"]["litellm"])
    talks = {
        name
        for name in plugins("modules")
        if re.search(r"(?m)^ +- mcp_lan\.litellm\.gateway$", (MODULES / f"{name}.py").read_text(encoding="utf-8"))
    }
    assert talks <= group, f"meta/runtime.yml: the action group lacks {sorted(talks - group)}"
    assert group <= set(plugins("modules")), (
        f"meta/runtime.yml: no such module: {sorted(group - set(plugins('modules')))}"
    )


def test_installed_playbook_is_found(installed):
    """A playbook can be called by its full name from the installed collection."""
    status, output = tree.run(
        *("ansible-playbook", "--syntax-check", "-i", "localhost,", f"{tree.NAMESPACE}.{tree.NAME}.site"),
        ANSIBLE_COLLECTIONS_PATH=str(installed.parents[2]),
        ANSIBLE_CONFIG=str(installed.parents[2] / "ansible.cfg"),
    )
    assert status == 0, output


@pytest.mark.slow
def test_galaxy_takes_it(tarball, tmp_path):
    """By its own importer, which wants older packages than the tests. Sanity and lint are tests of their own."""
    settings = {
        "RUN_ANSIBLE_TEST": False,
        "RUN_ANSIBLE_LINT": False,
        "CHECK_REQUIRED_TAGS": True,
        "CHECK_CHANGELOG": True,
    }
    lines = ["[galaxy-importer]", *(f"{name} = {value}" for name, value in settings.items())]
    (tmp_path / "importer.cfg").write_text("\n".join(lines) + "\n", encoding="utf-8")
    # It leaves a file where it runs.
    status, output = tree.run(
        *("uv", "run", "--no-project", "--isolated", "--directory", str(tmp_path)),
        *("--with", "galaxy-importer==0.4.44", "python", "-m", "galaxy_importer.main", str(tarball)),
        GALAXY_IMPORTER_CONFIG=str(tmp_path / "importer.cfg"),
    )
    assert status == 0 and "Importer processing completed successfully" in output, output[-3000:]
    assert "ERROR" not in output
    # The files that say why there is an exception.
    warnings = [line for line in output.splitlines() if line.startswith("WARNING") and "found ignore-2." not in line]
    assert not warnings, warnings
