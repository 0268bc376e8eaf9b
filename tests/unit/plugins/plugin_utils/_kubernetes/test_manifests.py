# SPDX-License-Identifier: GPL-3.0-or-later
"""The manifests of a whole deployment: a golden file, the official schemas, and what a change of it changes."""

from __future__ import annotations

import base64
import dataclasses
from pathlib import Path

import kubernetes_validate
import pytest
import yaml
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._compose import project
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._kubernetes import manifests
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.yaml_core import load_own
from kubernetes_cases import OPTIONS, bare, described, host, made, of_kind, pods
from kubernetes_validate.utils import all_versions

GOLDEN = Path(__file__).parent / "manifests.txt"
# Not in the API itself: one is kustomize's, the other the Gateway API's.
ELSEWHERE = {"Kustomization", "HTTPRoute"}
# It names each of them twice (1.37.0): by its schemas, and by its strict ones.
RELEASES = list(dict.fromkeys(all_versions()))


def test_the_files_are_as_they_were():
    files = manifests.files("/made", made())
    text = "".join(f"=== {each.path} {each.mode:04o}\n{each.content.decode()}" for each in files.values())
    assert text == GOLDEN.read_text(encoding="utf-8")


@pytest.mark.parametrize("version", RELEASES[-3:])
def test_the_newest_releases_take_them_and_know_every_field(version):
    checked = [each for several in made().values() for each in several if each["kind"] not in ELSEWHERE]
    for each in checked:
        kubernetes_validate.validate(each, version, strict=True)
    assert {each["kind"] for each in checked} == {
        *("ConfigMap", "Deployment", "HorizontalPodAutoscaler", "Job", "Namespace", "NetworkPolicy"),
        *("PodDisruptionBudget", "Secret", "Service", "StatefulSet"),
    }


def test_a_wrong_field_would_be_seen():
    broken = of_kind(made(), "Deployment")["mcp-lan-litellm"]
    broken["spec"]["template"]["spec"]["containers"][0]["environment"] = {}
    with pytest.raises(kubernetes_validate.ValidationError, match="environment"):
        kubernetes_validate.validate(broken, RELEASES[-1], strict=True)


def test_the_base_names_every_file_and_the_secrets_are_their_owners():
    files = manifests.files("/made", made())
    base = yaml.safe_load(files["kustomization.yaml"].content)
    assert base["resources"] == [name for name in files if name != "kustomization.yaml"]
    assert base["resources"][:2] == ["namespace.yaml", "network-policies.yaml"]
    modes = {name: (each.mode, each.shown) for name, each in files.items()}
    assert modes.pop("secrets.yaml") == (0o600, False) and set(modes.values()) == {(0o644, True)}


def test_secrets_are_nowhere_but_in_their_file():
    given = host()
    environments = {path: content for path, (_mode, content) in given.files.items() if path.endswith(".env")}
    secrets = {
        value for path, text in environments.items() for value in project.read_env_file(text.decode(), path).values()
    }
    assert len(secrets) == 7
    for name, each in manifests.files("/made", made(given)).items():
        shown = [value for value in secrets if value in each.content.decode()]
        assert not shown, f"{name}: {shown}"
    held = of_kind(made(given), "Secret")["mcp-lan-postgresql-environment"]["data"]
    assert base64.b64decode(held["POSTGRES_PASSWORD"]).decode() == 'it\'s "$5", \\n'


def test_what_a_container_reads_makes_its_pods_anew_and_no_others():
    def annotations(given) -> dict[str, str]:
        return {name: each["metadata"]["annotations"]["mcp_lan.digest"] for name, each in pods(made(given)).items()}

    before, given = annotations(host()), host()
    path = "/etc/mcp_lan/egress-proxy/allowed"
    changed = dataclasses.replace(given, files=given.files | {path: (0o644, b"another")})
    after = annotations(changed)
    assert [name for name in before if before[name] != after[name]] == ["mcp-lan-egress-proxy"]
    path = "/etc/mcp_lan/litellm/litellm.env"
    changed = dataclasses.replace(given, files=given.files | {path: (0o600, b"LITELLM_MASTER_KEY=another\n")})
    # What a Job runs cannot be changed, so it is another Job.
    (former,) = of_kind(made(given), "Job")
    after = annotations(changed)
    assert former in before and former not in after
    assert [name for name in before if before[name] != after.get(name)] == [former, "mcp-lan-litellm"]


def test_what_is_read_as_it_was_written():
    """kubectl reads YAML 1.1 as Go does: 1e3 is a number there, and y is true. PyYAML would write both plainly."""
    odd = {
        "y": "n",
        "NO": "off",
        "E": "1e3",
        "T": "12:30",
        "D": "2026-01-01",
        "EMPTY": "",
        "LINES": " a\n\tb\n\n",
        "Z": "~",
    }
    given = described({"odd": {"env": odd, "files": []}})
    written = manifests.files("/made", bare(given))["secrets.yaml"].content.decode()
    assert '"y": bg==' in written and "'NO': b2Zm" in written
    texts = manifests.files("/made", {"x.yaml": [{"kind": "Text", "data": odd}]})["x.yaml"].content.decode()
    for reader in (yaml.safe_load, load_own):
        assert reader(texts)["data"] == odd
    assert '"1e3"' in texts and '"n"' in texts and '"y":' in texts


def test_a_file_is_the_same_however_often_it_is_made():
    assert manifests.files("/made", made()) == manifests.files("/made", made())
    assert OPTIONS["claims"] == {"/srv/shared": "shared"}
