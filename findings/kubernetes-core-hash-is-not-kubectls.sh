#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# PyPI ansible 12.3.0 (its collection kubernetes.core 6.2.0), and kubectl of Debian's package kubectl 1.32.3+ds-2 (Debian 13).
# Behaviour: a ConfigMap or Secret whose name is to end with a hash of its content has three names. `kubectl create
#   --append-hash` and `kubectl kustomize`, of one program, do not agree. What kubernetes.core's `append_hash` and its
#   filter `k8s_config_resource_name` make is kubectl create's, unless the content has <, > or & or a letter beyond ASCII.
#   `stringData` and `binaryData` are no part of its hash: a Secret that is written with `stringData`, as is usual in a
#   task, keeps its name whatever is in it, so that nothing which names it is rolled out.
# A good guess: the hash is one algorithm, copied from kubectl, and covers all of the content; that is what it is for.
# Seen: as below.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"

cat >expected <<'EOF'
content             kubectl create      kubectl kustomize   kubernetes.core
key=value           one-bbd7mb5b8b      one-t757gk2bmf      one-bbd7mb5b8b
key=a&b             one-ddt4ffh8hh      one-5cg7tc6fm4      one-mfhmc6cm8m
key=<b>             one-ct755tfbf8      one-974h8hgcc2      one-7m42mf88h4
key=é               one-mg76kc24fg      one-fb72khd4hk      one-h56624fg5c
kubernetes.core, Secret with another data: another name
kubernetes.core, Secret with another stringData: the same name
kubernetes.core, ConfigMap with another binaryData: the same name
EOF

python_packages ansible==12.3.0
debian_package kubectl 1.32.3+ds-2 trixie

cat >compare.py <<'EOF'
import json
import subprocess

from ansible_collections.kubernetes.core.plugins.filter.k8s import FilterModule

core_name = FilterModule().filters()["k8s_config_resource_name"]


def kubectl(*arguments):
    return subprocess.run(["usr/bin/kubectl", *arguments], capture_output=True, text=True, check=True).stdout


def named(kind, **fields):
    return core_name({"apiVersion": "v1", "kind": kind, "metadata": {"name": "one"}, **fields})


print(f"{'content':20}{'kubectl create':20}{'kubectl kustomize':20}kubernetes.core")
for value in ("value", "a&b", "<b>", "é"):
    created = kubectl("create", "configmap", "one", f"--from-literal=key={value}", "--append-hash", "--dry-run=client",
                      "--output=name").strip().removeprefix("configmap/")
    with open("kustomization.yaml", "w", encoding="utf-8") as file:
        json.dump({"configMapGenerator": [{"name": "one", "literals": [f"key={value}"]}]}, file)
    built = next(line.split()[1] for line in kubectl("kustomize", ".").splitlines() if line.startswith("  name:"))
    print(f"{f'key={value}':20}{created:20}{built:20}{named('ConfigMap', data={'key': value})}")
for kind, field, values in (("Secret", "data", ("MQ==", "Mg==")), ("Secret", "stringData", ("1", "2")),
                            ("ConfigMap", "binaryData", ("MQ==", "Mg=="))):
    names = {named(kind, **{field: {"key": value}}) for value in values}
    print(f"kubernetes.core, {kind} with another {field}:", "the same name" if len(names) == 1 else "another name")
EOF
venv/bin/python compare.py >seen 2>log

compare
