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
    assert base["resources"] == [name for name in files if name not in ("kustomization.yaml", "namespace.yaml")]
    assert base["resources"][:2] == ["network-policies.yaml", "secrets.yaml"]
    modes = {name: (each.mode, each.shown) for name, each in files.items()}
    assert modes.pop("secrets.yaml") == (0o600, False) and set(modes.values()) == {(0o644, True)}


def test_what_is_deleted_with_the_base_holds_no_data():
    """With a namespace goes all that is in it, and with a claim its volume."""
    shared = described({"one": {"volumes": ["log:/log"]}, "two": {"volumes": ["log:/log:ro"]}})
    for several in (made(), bare(shared)):
        files = manifests.files("/made", several)
        base = yaml.safe_load(files["kustomization.yaml"].content)["resources"]
        deleted = {each["kind"] for name in base for each in yaml.safe_load_all(files[name].content)}
        assert not deleted & {"Namespace", "PersistentVolumeClaim"}
    kinds = [each["kind"] for each in yaml.safe_load_all(files["namespace.yaml"].content)]
    assert kinds == ["Namespace", "PersistentVolumeClaim"]


def test_the_compose_file_of_these_tests_is_what_is_written_today():
    for name, written in host().written.services.items():
        said = project.unescaped(written)
        check = said["healthcheck"]
        given = {
            **said,
            "name": name,
            "env": said.get("environment"),
            "env_file": next(iter(said.get("env_file", [])), None),
            "networks": [{"name": each} for each in said["networks"]],
            "published_ports": said.get("ports"),
            "volumes": [
                f"{each['source']}:{each['target']}{':ro' if each.get('read_only') else ''}"
                for each in said.get("volumes", [])
            ],
            "memory": said["mem_limit"],
            "ulimits": [f"{limit}={value}" for limit, value in said.get("ulimits", {}).items()],
            "healthcheck": {"test": project.asked(check["test"])},
            "wait_timeout": check["start_period"].removesuffix("s"),
            "restart_policy": said["restart"],
            "stop_timeout": said["stop_grace_period"].removesuffix("s"),
        }
        assert project.service(given, {"image": said["image"], "source_used": "build"}) == written, name


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


def test_what_the_inventory_drops_is_named_and_never_what_holds_data():
    shared = {"one": {"volumes": ["log:/log"]}, "two": {"volumes": ["log:/log:ro", "data:/data"], "env": {"A": "b"}}}
    before = bare(described(shared), replicas={"one": {"min": 1, "max": 2}})
    former = [each.content for each in manifests.files("/made", before).values()]
    after = bare(described({"one": {}}))
    # Nobody else's file, nor one that is broken.
    others = [b"kind: Mine\n", former[0].replace(b"kind: Namespace", b"kind: [")]
    # What else there may be in one that somebody has edited.
    others += [manifests.HEADER.encode() + text for text in (b"---\n", b"- a list\n", b"kind: Secret\nmetadata: {}\n")]
    found = manifests.removed([*former, *others], after)
    assert {each["namespace"] for each in found} == {"mcp-lan"}
    assert [(each["api_version"], each["kind"], each["name"]) for each in found] == [
        ("v1", "Secret", "two-environment"),
        ("v1", "Service", "two"),
        ("apps/v1", "StatefulSet", "two"),
        ("autoscaling/v2", "HorizontalPodAutoscaler", "one"),
        ("networking.k8s.io/v1", "NetworkPolicy", "two"),
        ("policy/v1", "PodDisruptionBudget", "one"),
    ]
    assert not manifests.removed(former, before)
    # Another version of an API is the same object.
    assert not manifests.removed([each.replace(b"policy/v1", b"policy/v1beta1") for each in former], before)
    # A Job ends by itself.
    jobs = manifests.files("/made", {"jobs.yaml": list(of_kind(made(), "Job").values())})["jobs.yaml"]
    assert b"kind: Job" in jobs.content and not manifests.removed([jobs.content], after)


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
