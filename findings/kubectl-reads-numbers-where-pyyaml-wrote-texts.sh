#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# PyYAML 6.0.3, and kubectl of Debian's package kubectl 1.32.3+ds-2 (Debian 13), whose kustomize is run here without a cluster.
# Behaviour: what PyYAML writes without quotes, as YAML 1.1 reads it as a text, kubectl kustomize reads as a number: a
#   ConfigMap's value 1e3 comes out as 1000, 0o14 as 12, where a ConfigMap has texts alone.
# A good guess: what a YAML library writes for a text, kubectl reads as that text; the words yes, no and on are the trap.
# Seen: as below.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"

cat >expected <<'EOF'
given               PyYAML writes       kubectl kustomize reads
"1e3"               1e3                 1000
"0o14"              0o14                12
".5e1"              .5e1                5
"1E400x"            1E400x              1E400x
"010"               '010'               "010"
"1_000"             '1_000'             "1_000"
"yes"               'yes'               "yes"
"12:30:00"          '12:30:00'          "12:30:00"
EOF

python_packages PyYAML==6.0.3
debian_package kubectl 1.32.3+ds-2 trixie
echo "resources: [map.yaml]" >kustomization.yaml
cat >write.py <<'EOF'
import subprocess
import sys

import yaml

print(f"{'given':20}{'PyYAML writes':20}kubectl kustomize reads")
for given in ("1e3", "0o14", ".5e1", "1E400x", "010", "1_000", "yes", "12:30:00"):
    manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one"}, "data": {"value": given}}
    with open("map.yaml", "w", encoding="utf-8") as file:
        yaml.safe_dump(manifest, file)
    read = subprocess.run([sys.argv[1], "kustomize", "."], capture_output=True, text=True, check=True).stdout
    rows = [
        next(line.split(": ", 1)[1] for line in text.splitlines() if line.startswith("  value: "))
        for text in (open("map.yaml", encoding="utf-8").read(), read)
    ]
    print(f'"{given}"'.ljust(20) + rows[0].ljust(20) + rows[1])
EOF
venv/bin/python write.py usr/bin/kubectl >seen
compare
