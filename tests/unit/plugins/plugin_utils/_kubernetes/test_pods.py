# SPDX-License-Identifier: GPL-3.0-or-later
"""Pods: what Pod Security's level "restricted" asks of them, and what of a Compose service becomes what."""

from __future__ import annotations

import json
import re
import stat

import front_door
import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._compose import project
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._kubernetes import cluster
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._kubernetes.description import quantity
from hypothesis import given
from hypothesis import strategies as st
from kubernetes_cases import OPTIONS, bare, described, host, made, of_kind, pods

# https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}


def test_pod_security_lets_all_of_them_in():
    templates = pods(made())
    assert len(templates) == 8
    for name, template in templates.items():
        spec = template["spec"]
        assert not {"hostNetwork", "hostPID", "hostIPC", "hostUsers", "initContainers"} & set(spec), name
        for volume in spec.get("volumes", []):
            assert set(volume) - {"name"} <= VOLUMES, name
        assert spec["securityContext"]["runAsNonRoot"] is True and spec["securityContext"]["runAsUser"] > 10000
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert spec["automountServiceAccountToken"] is False and spec["enableServiceLinks"] is False
        for container in spec["containers"]:
            context = container["securityContext"]
            assert context["allowPrivilegeEscalation"] is False and context["readOnlyRootFilesystem"] is True
            assert context["capabilities"] == {"drop": ["ALL"]}
            assert not any("hostPort" in port for port in container.get("ports", []))
            assert container["resources"]["limits"]["memory"], "no pod without a bound"
    namespace = of_kind(made(), "Namespace")["mcp-lan"]["metadata"]["labels"]
    assert namespace["pod-security.kubernetes.io/enforce"] == "restricted"


def container(files, name: str) -> dict:
    return pods(files)[name]["spec"]["containers"][0]


def test_a_check_is_asked_as_it_was_given_and_waits_for_nothing():
    found = container(made(), "mcp-lan-postgresql")
    assert found["readinessProbe"]["exec"]["command"] == ["pg_isready", "-q", "-h", "127.0.0.1"]
    litellm = container(made(), "mcp-lan-litellm")
    assert litellm["readinessProbe"]["exec"]["command"][-1].endswith('[ "$code" = 200 ]')
    assert "sleep" not in json.dumps([each.get("readinessProbe") for each in [found, litellm]])


def test_nothing_that_starts_slowly_is_ended():
    """A database that recovers, and migrations, take as long as they take."""
    for name, template in pods(made()).items():
        for each in template["spec"]["containers"]:
            assert not {"startupProbe", "livenessProbe"} & set(each), name


@pytest.mark.parametrize(
    ("check", "command"),
    [
        ({"test": ["CMD-SHELL", "a | b"]}, ["sh", "-c", "a | b"]),
        ({"test": ["CMD", "a", "$b"], "interval": "9s"}, ["a", "$b"]),
        ({"test": ["NONE"]}, None),
        ({"test": ["CMD", "a"], "disable": True}, None),
        ({}, None),
    ],
)
def test_every_kind_of_check(check, command):
    found = container(bare(described({"one": {"healthcheck": check}})), "one")
    assert (found["readinessProbe"]["exec"]["command"] if command else found.get("readinessProbe")) == command


def test_a_published_images_own_check_is_asked():
    given_host = described({"one": {}})
    given_host.checks["mcp-lan/any:1"] = ["CMD", "is-it", "well"]
    assert container(bare(given_host), "one")["readinessProbe"]["exec"]["command"] == ["is-it", "well"]


def test_dollars_are_what_they_are():
    """Compose reads $$, and so does Kubernetes in a command, but neither in a Secret nor in a probe."""
    words = ["$HOME", "$(HOME)", "$$", "a$"]
    service = {
        "entrypoint": words,
        "command": words,
        "env": {"PRICE": "$(5) $$"},
        "healthcheck": {"test": ["CMD", *words]},
    }
    files = bare(described({"one": service}))
    found = container(files, "one")
    assert found["command"] == found["args"] == ["$$HOME", "$$(HOME)", "$$$$", "a$$"]
    assert found["readinessProbe"]["exec"]["command"] == words
    assert of_kind(files, "Secret")["one-environment"]["data"] == {"PRICE": "JCg1KSAkJA=="}


def test_a_variable_without_a_value_is_there():
    """The API takes an empty value of a Secret for none, and would find it another one at each look."""
    files = bare(described({"one": {"env": {"EMPTY": "", "FULL": "a"}}, "two": {"env": {"EMPTY": ""}}}))
    assert container(files, "one")["env"] == container(files, "two")["env"] == [{"name": "EMPTY"}]
    assert "envFrom" not in container(files, "two")
    assert {name: each["data"] for name, each in of_kind(files, "Secret").items()} == {
        "one-environment": {"FULL": "YQ=="}
    }


def test_memory_and_time_are_bound_as_before():
    files = made()
    found, spec = container(files, "mcp-lan-postgresql"), pods(files)["mcp-lan-postgresql"]["spec"]
    assert found["resources"]["limits"] == {"memory": "512Mi"} and spec["terminationGracePeriodSeconds"] == 20
    memory = {volume["name"]: volume["emptyDir"]["sizeLimit"] for volume in spec["volumes"]}
    assert memory == {"var-run-postgresql": "1Mi", "dev-shm": "128Mi"}
    assert container(files, "mcp-lan-litellm")["resources"]["limits"] == {"memory": "4Gi"}


@pytest.mark.parametrize(
    ("size", "written"),
    [("512m", "512Mi"), ("1.5g", "1.5Gi"), ("4GiB", "4Gi"), ("512 MB", "512Mi"), ("1t", "1Ti"), (1048576, "1048576")],
)
def test_a_size_that_the_engine_takes_is_one_of_a_cluster(size, written):
    assert quantity(size) == written


@pytest.mark.parametrize("size", ["half", "1.g", "-1m", "1e3", "1mi2"])
def test_a_size_that_the_engine_does_not_take_is_refused(size):
    with pytest.raises(UserError, match=f"{size} is no size"):
        quantity(size)


def test_data_is_held_by_what_outlives_the_pod():
    files = made()
    stateful = of_kind(files, "StatefulSet")["mcp-lan-postgresql"]["spec"]
    (claim,) = stateful["volumeClaimTemplates"]
    assert (
        claim["spec"]["resources"] == {"requests": {"storage": "20Gi"}} and claim["spec"]["storageClassName"] == "fast"
    )
    assert stateful["template"]["spec"]["securityContext"]["fsGroupChangePolicy"] == "OnRootMismatch"
    assert container(files, "mcp-lan-postgresql")["volumeMounts"][0] == {
        "name": "mcp-lan-postgresql-data",
        "mountPath": "/var/lib/postgresql/data",
    }


def test_a_volume_of_several_is_a_claim_of_its_own():
    services = {"one": {"volumes": ["log:/log"]}, "two": {"volumes": ["log:/log:ro", "data:/data"]}}
    files = bare(described(services))
    assert of_kind(files, "PersistentVolumeClaim")["log"]["spec"]["accessModes"] == ["ReadWriteMany"]
    assert set(of_kind(files, "Deployment")) == {"one"} and set(of_kind(files, "StatefulSet")) == {"two"}
    assert of_kind(files, "Deployment")["one"]["spec"]["strategy"] == {"type": "Recreate"}
    for name in services:
        held = {"name": "log", "persistentVolumeClaim": {"claimName": "log"}}
        assert held in pods(files)[name]["spec"]["volumes"]


def test_what_others_may_not_read_is_a_secret_and_lies_beside_the_rest():
    files = {"/etc/x/open.conf": (0o644, b"open"), "/etc/x/key": (0o600, b"\xff"), "/etc/x/deep/run.sh": (0o755, b"#")}
    given_host = described({"one": {"volumes": ["/etc/x:/x:ro"], "env_file": "/etc/x/a.env"}}, files=files)
    given_host.written.paths["one"].append("/etc/x")
    given_host.files["/etc/x/a.env"] = (0o600, b"WORD=secret\n")
    made_of = bare(given_host)
    assert of_kind(made_of, "ConfigMap")["one-files"]["data"] == {"x-open.conf": "open", "x-deep-run.sh": "#"}
    secrets = of_kind(made_of, "Secret")
    assert secrets["one-files"]["data"] == {"x-key": "/w=="}
    assert secrets["one-environment"]["data"] == {"WORD": "c2VjcmV0"}
    (volume,) = pods(made_of)["one"]["spec"]["volumes"]
    config, secret = (next(iter(each.values())) for each in volume["projected"]["sources"])
    modes = {each["path"]: stat.filemode(stat.S_IFREG | each["mode"]) for each in [*config["items"], *secret["items"]]}
    assert modes == {"open.conf": "-r--r--r--", "deep/run.sh": "-r-xr-xr-x", "key": "-r--r-----"}


def test_one_file_is_put_where_it_is():
    files = {"/etc/x/lock.py": (0o644, b"x")}
    given_host = described({"one": {"volumes": ["/etc/x/lock.py:/srv/site/custom.py:ro"]}}, files=files)
    made_of = bare(given_host)
    (mount,) = container(made_of, "one")["volumeMounts"]
    assert mount == {
        "name": "srv-site-custom-py",
        "mountPath": "/srv/site/custom.py",
        "readOnly": True,
        "subPath": "custom.py",
    }
    (volume,) = pods(made_of)["one"]["spec"]["volumes"]
    (source,) = volume["projected"]["sources"]
    assert source["configMap"]["items"] == [{"key": "srv-site-custom.py", "path": "custom.py", "mode": 0o444}]


def test_a_folder_that_others_fill_is_the_claim_that_holds_it():
    spec = pods(made())["mcp-lan-mcp-filesystem"]["spec"]
    # Read-only as a whole: else kubelet gives the files of others to this pod's group (fsGroup).
    assert {"name": "data", "persistentVolumeClaim": {"claimName": "shared", "readOnly": True}} in spec["volumes"]
    mount = next(each for each in spec["containers"][0]["volumeMounts"] if each["name"] == "data")
    assert mount == {"name": "data", "mountPath": "/data", "readOnly": True}


@pytest.mark.parametrize("option", ["", ":ro"])
def test_a_claim_is_left_by_the_old_pod_before_the_new_one_has_it(option):
    """One of ReadWriteOnce is on one node alone; several pods have a claim that is on many."""
    given_host = described({"one": {"volumes": [f"/srv/shared:/data{option}"]}, "two": {}})
    claims = {"/srv/shared": "shared"}
    found = of_kind(bare(given_host, claims=claims), "Deployment")
    assert found["one"]["spec"]["strategy"] == {"type": "Recreate"}
    assert found["two"]["spec"]["strategy"]["type"] == "RollingUpdate"
    (volume,) = found["one"]["spec"]["template"]["spec"]["volumes"]
    assert volume["persistentVolumeClaim"].get("readOnly", False) is bool(option)
    several = of_kind(bare(given_host, claims=claims, replicas={"one": 2}), "Deployment")["one"]
    assert several["spec"]["strategy"]["type"] == "RollingUpdate"


def test_names_of_other_machines_are_kept():
    files = bare(
        described({"one": {"extra_hosts": {"a.lan": "192.0.2.7", "b.lan": "192.0.2.7", "c.lan": "192.0.2.8"}}})
    )
    assert pods(files)["one"]["spec"]["hostAliases"] == [
        {"ip": "192.0.2.7", "hostnames": ["a.lan", "b.lan"]},
        {"ip": "192.0.2.8", "hostnames": ["c.lan"]},
    ]


def test_there_are_as_many_as_asked_for():
    files = made()
    door, proxy = (of_kind(files, "Deployment")[f"mcp-lan-{name}"]["spec"] for name in ("front-door", "egress-proxy"))
    # Where something else counts them, whoever applies it again would set them back.
    assert proxy["replicas"] == 2 and "replicas" not in door
    ((scaled, scaler),) = of_kind(files, "HorizontalPodAutoscaler").items()
    assert (scaled, scaler["spec"]["minReplicas"], scaler["spec"]["maxReplicas"]) == ("mcp-lan-front-door", 2, 4)
    assert set(of_kind(files, "PodDisruptionBudget")) == {"mcp-lan-front-door", "mcp-lan-egress-proxy"}
    assert pods(files)["mcp-lan-front-door"]["spec"]["terminationGracePeriodSeconds"] == 25


@pytest.mark.parametrize(
    ("image", "environment", "why"),
    [
        ("mcp-lan/litellm:1.77.3-c0316e4f8c8a", {"NUM_WORKERS": "2"}, "1.108.7"),
        ("registry.lan/litellm:main-v1.77.3-stable", {"NUM_WORKERS": "2"}, "1.108.7"),
        ("mcp-lan/litellm:1.108.7-c0316e4f8c8a", {}, "another one would take a deleted key for a minute"),
        ("mcp-lan/litellm:1.108.7-c0316e4f8c8a", {"NUM_WORKERS": "2"}, None),
    ],
)
def test_several_of_litellm_know_of_each_other_or_there_is_one(image, environment, why):
    given_host = host()
    litellm = given_host.written.services["mcp-lan-litellm"]
    litellm["image"] = image
    litellm["environment"] |= environment
    if why is None:
        files = made(given_host, replicas={"mcp-lan-litellm": 2})
        assert of_kind(files, "Deployment")["mcp-lan-litellm"]["spec"]["replicas"] == 2
        return
    with pytest.raises(UserError, match="replicas: of mcp-lan-litellm there is one pod, as ") as refused:
        made(given_host, replicas={"mcp-lan-litellm": 2})
    assert why in str(refused.value)


def test_the_database_is_migrated_once_for_each_image():
    (job,) = of_kind(made(), "Job").values()
    (runs,) = job["spec"]["template"]["spec"]["containers"]
    assert runs["command"] == ["node", "/opt/litellm/migrate/main.js", "/opt/litellm/migrations"] and "args" not in runs
    assert runs["envFrom"] == [{"secretRef": {"name": "mcp-lan-litellm-environment"}}]
    pulled = host()
    pulled.written.services["mcp-lan-litellm"]["pull_policy"] = "missing"
    assert not of_kind(made(pulled), "Job"), "an image of others has no such program"
    assert container(made(pulled), "mcp-lan-litellm")["image"] == "mcp-lan/litellm:1.77.3-c0316e4f8c8a"


def test_what_is_told_of_networks_is_told_of_the_clusters():
    files = of_kind(made(), "ConfigMap")
    networks = OPTIONS["cluster_networks"]
    requests = files["mcp-lan-litellm-files"]["data"]["etc-litellm-requests.json"]
    assert json.loads(requests)["open_networks"] == networks and requests.startswith('\n{\n "guard"')
    door = files["mcp-lan-front-door-files"]["data"]
    assert "172." not in json.dumps(door) and "10.244.0.0/16 pod;\n" in door["etc-front-door-networks.conf"]
    assert door["etc-front-door-exporters.conf"].splitlines() == [f"allow {network};" for network in networks]


def test_in_a_cluster_nobody_administers_by_the_word_of_a_pod(tmp_path):
    """Each word of networks.conf, held against nginx.conf's own expressions as nginx takes them (PCRE)."""
    front_door.configure(tmp_path, front_door_engine_networks=[])
    text = (tmp_path / "nginx.conf").read_text()
    (block,) = re.findall(r"map \S+ \$administers \{(.*?)\n    \}", text, re.DOTALL)
    lets = [re.compile(found) for found in re.findall(r'"~(\S+)" 1;', block)]
    told = of_kind(made(), "ConfigMap")["mcp-lan-front-door-files"]["data"]["etc-front-door-networks.conf"]
    words = dict(line.rstrip(";").split() for line in told.splitlines())

    def administers(port: int, sender: str, neighbour: str) -> bool:
        return any(each.search(f"{port}:{sender}:{neighbour}:1") for each in lets)

    pods_words = {words[network] for network in OPTIONS["cluster_networks"]}
    for word in pods_words:
        assert not any(
            administers(port, sender, word) for port in (4000, 4001) for sender in ("network", "engine", word)
        )
    assert administers(4001, "engine", words["127.0.0.1"]), "kubectl port-forward"
    # On a host a proxy that is a container says who administers.
    assert administers(4000, "network", "container") and not administers(4000, "container", "container")


CAP = "keeps the capability CHOWN"


@pytest.mark.parametrize(
    ("service", "sentence"),
    [
        ({"user": "0:0"}, "runs as 0:0"),
        ({"user": "postgres"}, "runs as postgres"),
        ({"capabilities": ["CHOWN"]}, CAP),
        ({"capabilities": ["NET_BIND_SERVICE", "CHOWN"]}, CAP),
        ({"extra_hosts": {"host.lan": "host-gateway"}}, r"names its host \(host-gateway\)"),
        (
            {"volumes": ["/srv/shared:/data:ro"]},
            "is given /srv/shared of the host, which a cluster does not have",
        ),
        ({"volumes": ["packages:/srv/packages:ro"]}, "reads the volume packages, which is filled on the host"),
    ],
)
def test_what_no_such_cluster_runs_is_a_sentence(service, sentence):
    with pytest.raises(UserError, match=f"^The service one {sentence}") as refused:
        bare(described({"one": service}))
    assert refused.value.code == "cluster_unsupported"


def test_a_name_that_no_service_has():
    with pytest.raises(UserError, match="The service Notes has a name that no Service of Kubernetes has"):
        bare(described({"Notes": {}}))


def test_a_name_that_is_too_long_for_what_runs_it():
    """A Deployment may be called as a Service is, of 63 characters; what keeps data, and a migration, may not."""
    data = {"volumes": ["data:/data"]}
    bare(described({"n" * 63: {}, "s" * 52: data}))
    with pytest.raises(UserError, match=f"would be the StatefulSet {'s' * 53}, whose name has at most 52 characters"):
        bare(described({"s" * 53: data}))
    short, long = [described({name: {"labels": {"mcp_lan.deployment": name}}}) for name in ("g" * 44, "g" * 45)]
    assert [len(name) for name in of_kind(bare(short), "Job")] == [63]
    with pytest.raises(UserError, match=f"would be the Job {'g' * 45}-migrate-"):
        bare(long)


@pytest.mark.parametrize(("mode", "kind"), [(0o644, "ConfigMap"), (0o640, "Secret")])
def test_files_that_the_cluster_does_not_hold_are_refused_by_the_largest(mode, kind):
    """The API counts what is in them, before base64 and without their names."""
    files = {"/etc/one/small.bin": (mode, b"\xff"), "/etc/one/large.txt": (mode, b"x" * (1024 * 1024 - 1))}
    volumes = [f"{path}:{path}:ro" for path in files]
    bare(described({"one": {"volumes": volumes}}, files=files))
    again = {"one": {"volumes": [*volumes, "/etc/one/small.bin:/etc/small.bin:ro"]}}
    sentence = rf"one have 1048577 bytes, 1048575 of them in /etc/one/large\.txt, and a {kind} holds 1048576 \(1 MiB\)"
    with pytest.raises(UserError, match=sentence) as refused:
        bare(described(again, files=files))
    assert refused.value.code == "cluster_unsupported"


@pytest.mark.parametrize("others", [{}, {"two": {"volumes": ["data:/data"]}}])
def test_a_volume_that_a_service_mounts_twice_is_one_claim(others):
    found = bare(described({"one": {"volumes": ["data:/data", "data:/srv/data"]}, **others}))
    workload = of_kind(found, "Deployment", "StatefulSet")["one"]["spec"]
    claims = [each["metadata"]["name"] for each in workload.get("volumeClaimTemplates", [])]
    claims += [each["name"] for each in workload["template"]["spec"].get("volumes", [])]
    mounts = workload["template"]["spec"]["containers"][0]["volumeMounts"]
    assert claims == ["data"] and [(each["name"], each["mountPath"]) for each in mounts] == [
        ("data", "/data"),
        ("data", "/srv/data"),
    ]


def test_a_file_of_before_says_no_ports():
    with pytest.raises(UserError, match="does not say on which ports services are reached"):
        bare(described({"one": {"expose": []}}))


def test_a_filter_for_networks_that_are_gone_is_refused():
    given_host = host()
    given_host.subnets.clear()
    with pytest.raises(UserError, match=r"answers 172\.21\.0\.0/16, which is none of its networks"):
        made(given_host)


ROUTE = {"service": "mcp-lan-front-door", "port": 4000, "hostnames": ["a.lan"]}


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"cluster_networks": []}, "names no network"),
        ({"cluster_networks": ["10.0.0.1/8"]}, "10.0.0.1/8 is no network"),
        ({"namespace": "Mcp_Lan"}, "Mcp_Lan is no name"),
        ({"claims": {"/srv/shared": "a b"}}, "a b is no name"),
        ({"volume_size": "10G"}, "10G is no size"),
        ({"registry": ""}, "was built on the host"),
        ({"registry": "https://registry.lan:5000"}, "registry: https://registry.lan:5000 does not begin the name of"),
        ({"cluster_networks": ["fe80::1%eth0"]}, "fe80::1%eth0 is no network"),
        ({"replicas": {"mcp-lan-front-door": 2.5}}, "give a number"),
        ({"replicas": {"mcp-lan-front-door": True}}, "give a number"),
        ({"routes": [ROUTE | {"hostnames": ["192.168.1.5"]}]}, "192.168.1.5 is no host name of mcp-lan-front-door"),
        ({"replicas": {"mcp-lan-litellm": 0}}, "min is at least 1"),
        ({"replicas": {"mcp-lan-litellm": {"min": 3, "max": 2}}}, "max not less"),
        ({"replicas": {"mcp-lan-litellm": "many"}}, "give a number"),
        ({"replicas": {"mcp-lan-front-door": {"min": 1, "maximum": 2}}}, "min and max, and nothing else"),
        ({"replicas": {"nobody": 2}}, "replicas names nobody, which is no service"),
        ({"replicas": {"mcp-lan-postgresql": 2}}, "there is one pod, as it has the volume mcp-lan-postgresql-data"),
        ({"gateway": "public"}, "names the Gateway of the routes with its namespace"),
        ({"routes": [{"service": "mcp-lan-front-door"}]}, "each has service, port and hostnames"),
        ({"gateway_pods_namespace": "Envoy"}, "Envoy is no name"),
        ({"routes": [ROUTE | {"port": 80}]}, "names port 80 of"),
        (
            {"routes": [ROUTE | {"port": "https"}]},
            "port of mcp-lan-front-door is a number, such as 4000, and not https",
        ),
        ({"routes": [ROUTE | {"port": True}]}, "is a number"),
        (
            {"routes": [ROUTE | {"hostnames": "gateway.lan"}]},
            r"such as \[gateway\.lan\], and not gateway\.lan",
        ),
        ({"routes": [ROUTE | {"hostnames": []}]}, "is a list of names"),
        ({"routes": [ROUTE | {"hostnames": ["https://a.lan"]}]}, "https://a.lan is no host name of mcp-lan-front-door"),
        (
            {"volume_sizes": {"data": "1Gi"}},
            "volume_sizes names data, which is no volume of the",
        ),
        (
            {"claims": {"/srv/shared": "a", "/srv/other": "b"}},
            "claims names /srv/other, which is no folder of the",
        ),
    ],
)
def test_what_is_wrong_with_the_options_is_a_sentence(options, sentence):
    with pytest.raises(UserError, match=sentence) as refused:
        made(**options)
    assert refused.value.code in ("cluster_invalid", "cluster_unsupported")


def test_names_that_a_cluster_has():
    names = {"namespace": "2024-gateway", "claims": {"/srv/shared": "0.data"}, "gateway": "1-gateways/public.example"}
    assert cluster.cluster(OPTIONS | names).claims == {"/srv/shared": "0.data"}
    assert cluster.cluster(OPTIONS | {"registry": "registry.lan:5000/team/a_b/"}).registry.endswith("/team/a_b")


@pytest.mark.parametrize(
    "service",
    [
        {"volumes": ["data:/srv/data"], "tmpfs": ["/data"]},
        {"tmpfs": ["/run/a", "/run-a", "/run_a"]},
        {"tmpfs": ["/dev/shm:size=64m"], "shm_size": "128m"},
    ],
)
def test_each_volume_of_a_pod_has_a_name_of_its_own(service):
    (made,) = of_kind(bare(described({"one": service})), "Deployment", "StatefulSet").values()
    claims = [each["metadata"]["name"] for each in made["spec"].get("volumeClaimTemplates", [])]
    names = [*claims, *(each["name"] for each in made["spec"]["template"]["spec"]["volumes"])]
    (container,) = made["spec"]["template"]["spec"]["containers"]
    assert sorted(each["name"] for each in container["volumeMounts"]) == sorted(set(names)) == sorted(names)
    assert len({each["mountPath"] for each in container["volumeMounts"]}) == len(names)


def test_two_volumes_that_would_be_one_are_refused():
    with pytest.raises(UserError, match="The volumes a.b and a_b would have one name in a cluster, a-b: call one"):
        bare(described({"one": {"volumes": ["a.b:/x"]}, "two": {"volumes": ["a_b:/x"]}}))


@pytest.mark.parametrize("network", ["mcp-" + "n" * 60 + "-net", "lab-", "_net"])
def test_a_network_that_no_label_could_be_called_after_has_one(network):
    networks = {"networks": [{"name": network}]}
    made = bare(described({"one": networks, "two": networks}))
    (label,) = {key for each in pods(made).values() for key in each["metadata"]["labels"] if key.startswith("network.")}
    assert re.fullmatch(r"network\.mcp-lan/[0-9a-f]{16}", label)
    policy = of_kind(made, "NetworkPolicy")["one"]["spec"]
    assert policy["ingress"][0]["from"] == [{"podSelector": {"matchLabels": {label: "member"}}}]


def test_what_docker_writes_otherwise():
    given = {"capabilities": ["CAP_NET_BIND_SERVICE"], "extra_hosts": {"a.lan": "[fd00::5]"}}
    pod = pods(bare(described({"one": {**given, "healthcheck": {"test": "curl x || exit 1"}}})))["one"]["spec"]
    assert pod["containers"][0]["securityContext"]["capabilities"]["add"] == ["NET_BIND_SERVICE"]
    assert pod["hostAliases"] == [{"ip": "fd00::5", "hostnames": ["a.lan"]}]
    assert pod["containers"][0]["readinessProbe"]["exec"]["command"] == ["sh", "-c", "curl x || exit 1"]


def test_the_registry_is_put_before_what_was_built_here():
    assert container(made(), "mcp-lan-postgresql")["image"] == "registry.lan:5000/mcp-lan/postgresql:17-746e4c6caa10"
    assert cluster.cluster(OPTIONS | {"registry": "registry.lan/"}).registry == "registry.lan"


@given(
    st.dictionaries(st.from_regex(r"[A-Z_]{1,9}", fullmatch=True), st.text(st.characters(exclude_categories=["Cs"])))
)
def test_an_environment_file_is_read_as_it_was_written(values):
    assert project.read_env_file(project.env_file(values), "a.env") == values


def test_another_environment_file_is_a_sentence():
    with pytest.raises(UserError, match=r"a\.env is not an environment file that the collection wrote"):
        project.read_env_file("export A=b\n", "a.env")
