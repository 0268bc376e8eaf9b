# SPDX-License-Identifier: GPL-3.0-or-later
"""The manifests at a real API server: it takes them, makes the pods, and changes nothing once more."""

from __future__ import annotations

import re
import time
from collections import Counter

import kubernetes_cases
import pytest
import yaml
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._kubernetes import manifests
from kubernetes.dynamic.exceptions import ForbiddenError
from kubernetes_server import server
from plays import run_playbook

pytestmark = pytest.mark.slow
# What the level "restricted" asks, as far as it could be said in 1.20 (and a read-only root, which it does not ask).
RESTRICTED = {
    "apiVersion": "policy/v1beta1",
    "kind": "PodSecurityPolicy",
    "metadata": {
        "name": "restricted",
        "annotations": {"seccomp.security.alpha.kubernetes.io/allowedProfileNames": "runtime/default"},
    },
    "spec": {
        "privileged": False,
        "allowPrivilegeEscalation": False,
        "requiredDropCapabilities": ["ALL"],
        "readOnlyRootFilesystem": True,
        "runAsUser": {"rule": "MustRunAsNonRoot"},
        **{name: {"rule": "RunAsAny"} for name in ("seLinux", "fsGroup", "supplementalGroups")},
        "volumes": ["configMap", "emptyDir", "projected", "secret", "persistentVolumeClaim"],
    },
}
USES = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "ClusterRole",
    "metadata": {"name": "restricted"},
    "rules": [
        {
            "apiGroups": ["policy"],
            "resources": ["podsecuritypolicies"],
            "resourceNames": ["restricted"],
            "verbs": ["use"],
        }
    ],
}
EVERYBODY = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "ClusterRoleBinding",
    "metadata": {"name": "restricted"},
    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "restricted"},
    "subjects": [{"kind": "Group", "apiGroup": "rbac.authorization.k8s.io", "name": "system:authenticated"}],
}
# Younger than the server.
UNKNOWN = {"PodDisruptionBudget": 2, "HorizontalPodAutoscaler": 1, "HTTPRoute": 1}


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with server(tmp_path_factory.mktemp("server")) as running:
        for each in (RESTRICTED, USES, EVERYBODY):
            running.client.resources.get(api_version=each["apiVersion"], kind=each["kind"]).create(body=each)
        yield running


def applied(api, folder, files: dict[str, list[dict]], removed: tuple[dict, ...] = ()) -> str:
    """What the collection's own tasks print that apply these, and delete others."""
    written = manifests.files(str(folder), files)
    for name in files:
        (folder / name).write_bytes(written[name].content)
    play = {
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "environment": {"K8S_AUTH_KUBECONFIG": str(api.kubeconfig)},
        "vars": {
            # As a host's may be, which has no Python package kubernetes.
            "ansible_python_interpreter": "/usr/bin/python3",
            "container_service_manifests": {"dest": str(folder), "files": list(files), "removed": list(removed)},
        },
        "tasks": [
            {
                "name": "Apply",
                "ansible.builtin.include_role": {
                    "name": "mcp_lan.litellm.container_service",
                    "tasks_from": "kubernetes_apply.yml",
                },
            }
        ],
    }
    path = folder / "play.yml"
    path.write_text(yaml.safe_dump([play]), encoding="utf-8")
    return run_playbook("-i", "localhost,", str(path))


def all_of(api, files) -> dict[tuple[str, str], dict]:
    found = {}
    for each in (each for several in files.values() for each in several):
        place = {} if each["kind"] == "Namespace" else {"namespace": each["metadata"]["namespace"]}
        resource = api.client.resources.get(api_version=each["apiVersion"], kind=each["kind"])
        name = each["metadata"]["name"]
        found[each["kind"], name] = resource.get(name=name, **place).to_dict()
    return found


def test_it_takes_them_and_makes_the_pods_and_a_second_run_changes_nothing(api, tmp_path):
    made = kubernetes_cases.made()
    unknown = Counter(each["kind"] for several in made.values() for each in several if not api.has(each))
    assert unknown == UNKNOWN
    files = {name: kept for name, several in made.items() if (kept := [each for each in several if api.has(each)])}
    assert "changed=0" not in applied(api, tmp_path, files)
    found = all_of(api, files)
    assert len(found) == sum(len(several) for several in files.values())

    # None is refused: each controller has made what it is to have, up to what a node would do.
    expected = {
        **{name: each.get("replicas", 1) for (kind, name), each in specs(found).items() if kind != "Job"},
        **{name: 1 for kind, name in found if kind == "Job"},
    }
    assert pods(api, sum(expected.values())) == Counter(expected)

    generations = {key: each["metadata"].get("generation") for key, each in found.items()}
    # This release has no defaults for what a StatefulSet asks of volumes when it compares, and writes the time anew.
    said = re.findall(r"changed: \[localhost\] => \(item=(.+)\)", applied(api, tmp_path, files))
    assert said in ([], ["mcp-lan-postgresql.yaml"])
    again = all_of(api, files)
    assert {key: each["metadata"].get("generation") for key, each in again.items()} == generations
    for key, each in again.items():
        if key[0] in ("ConfigMap", "NetworkPolicy", "Secret", "Service"):
            assert each["metadata"]["resourceVersion"] == found[key]["metadata"]["resourceVersion"], key


def specs(found) -> dict[tuple[str, str], dict]:
    return {key: each["spec"] for key, each in found.items() if key[0] in ("Deployment", "StatefulSet", "Job")}


def pods(api, count: int) -> Counter:
    """How many there are of each controller of the manifests, once there are so many at all."""
    resource = api.client.resources.get(api_version="v1", kind="Pod")
    for _ in range(60):
        found = resource.get(namespace="mcp-lan").to_dict()["items"]
        if len(found) >= count:
            break
        time.sleep(1)
    owners = (each["metadata"]["ownerReferences"][0] for each in found)
    # A ReplicaSet is called after its Deployment.
    return Counter(each["name"].rpartition("-")[0] if each["kind"] == "ReplicaSet" else each["name"] for each in owners)


def test_what_is_not_restricted_is_refused_there(api):
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "open", "namespace": "default"},
        "spec": {"containers": [{"name": "open", "image": "any", "securityContext": {"privileged": True}}]},
    }
    with pytest.raises(ForbiddenError, match="Privileged containers are not allowed"):
        api.client.resources.get(api_version="v1", kind="Pod").create(body=pod, namespace="default")


def test_a_change_rolls_the_pods_that_read_it_and_the_job_is_another(api, tmp_path):
    given = kubernetes_cases.host()
    path = "/etc/mcp_lan/litellm/config/config.yaml"
    given.files[path] = (0o644, b"litellm_settings: {}\n")
    made = kubernetes_cases.made(given)
    files = {name: kept for name, several in made.items() if (kept := [each for each in several if api.has(each)])}
    before = generations(api)
    applied(api, tmp_path, files)
    after = generations(api)
    assert {name for name in before if before[name] != after[name]} == {"mcp-lan-litellm"}
    jobs = api.client.resources.get(api_version="batch/v1", kind="Job").get(namespace="mcp-lan").to_dict()["items"]
    assert len(jobs) == 2


def generations(api) -> dict[str, int]:
    found = {}
    for kind in ("Deployment", "StatefulSet"):
        resource = api.client.resources.get(api_version="apps/v1", kind=kind)
        for each in resource.get(namespace="mcp-lan").to_dict()["items"]:
            found[each["metadata"]["name"]] = each["metadata"]["generation"]
    return found


def test_what_was_dropped_is_deleted_and_its_volume_stays(api, tmp_path):
    claims = api.client.resources.get(api_version="v1", kind="PersistentVolumeClaim")
    held = {each["metadata"]["name"] for each in claims.get(namespace="mcp-lan").to_dict()["items"]}
    assert held == {"mcp-lan-postgresql-data-mcp-lan-postgresql-0"}
    made = kubernetes_cases.made()
    former = [each.content for each in manifests.files(str(tmp_path), made).values()]
    dropped = ("mcp-lan-postgresql", "mcp-lan-egress-proxy")
    after = {
        name: [each for each in several if not each["metadata"]["name"].startswith(dropped)]
        for name, several in made.items()
        if not name.startswith(dropped)
    }
    removed = [each for each in manifests.removed(former, after) if each["kind"] not in UNKNOWN]
    assert {each["kind"] for each in removed} == {
        *("ConfigMap", "Deployment", "NetworkPolicy", "Secret", "Service", "StatefulSet")
    }
    (named,) = manifests.to_delete(str(tmp_path), removed).values()
    (tmp_path / manifests.TO_DELETE).write_bytes(named.content)
    applied(api, tmp_path, {}, tuple(removed))
    assert not (tmp_path / manifests.TO_DELETE).exists()
    assert not generations(api).keys() & set(dropped) and "mcp-lan-litellm" in generations(api)
    assert {each["metadata"]["name"] for each in claims.get(namespace="mcp-lan").to_dict()["items"]} == held
    assert "changed=0" in applied(api, tmp_path, {}, tuple(removed))
