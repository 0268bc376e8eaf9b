#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# PyPI opentelemetry-exporter-prometheus 0.66b2 and npm @opentelemetry/exporter-prometheus 0.223.0, read by Debian's
# prometheus 2.53.3.
# Behaviour: JavaScript writes two attributes that differ in a dot, as `user.id` and `user_id`, as one label twice.
#   Prometheus refuses all that such a process says, also every other metric, until it is started again, as a counter keeps
#   its attributes. Python writes the label once, with the value that came last. Units are part of the name in Python alone,
#   so that the duration that the conventions for gen_ai name is two metrics.
# A good guess: both follow the specification, which joins such values with a semicolon and adds units; at worst one
#   series is lost.
# Seen: as below.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"
debian_package prometheus '2.53.3+ds1-2' trixie
python_packages opentelemetry-exporter-prometheus==0.66b2 opentelemetry-sdk==1.45.2
node_packages @opentelemetry/api@1.9.1 @opentelemetry/exporter-prometheus@0.223.0 @opentelemetry/sdk-metrics@2.12.1

cat >expected <<'EOF'
python, user.id alone: up
  calls_total user_id=ann
  gen_ai_client_operation_duration_seconds_count
python, user.id and user_id: up
  calls_total user_id=bob
  gen_ai_client_operation_duration_seconds_count
javascript, user.id alone: up
  calls_total user_id=ann
  gen_ai_client_operation_duration_count
javascript, user.id and user_id: down, label name "user_id" is not unique: invalid sample
EOF

cat >gateway.py <<'EOF'
import json
import sys
import time

from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics import MeterProvider
from prometheus_client import start_http_server

meter = MeterProvider([PrometheusMetricReader()]).get_meter("gateway")
meter.create_histogram("gen_ai.client.operation.duration", "s").record(1.5)
meter.create_counter("calls").add(1, json.loads(sys.argv[2]))
start_http_server(int(sys.argv[1]), "127.0.0.1")
time.sleep(120)
EOF
cat >gateway.mjs <<'EOF'
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';

const exporter = new PrometheusExporter({ host: '127.0.0.1', port: Number(process.argv[2]) });
const meter = new MeterProvider({ readers: [exporter] }).getMeter('gateway');
meter.createHistogram('gen_ai.client.operation.duration', { unit: 's' }).record(1.5);
meter.createCounter('calls').add(1, JSON.parse(process.argv[3]));
setTimeout(() => process.exit(), 120000);
EOF
cat >probe.py <<'EOF'
import json
import socket
import subprocess
import time
import urllib.parse
import urllib.request

ONE = {"user.id": "ann"}
BOTH = {"user.id": "ann", "user_id": "bob"}
PROGRAMS = {"python": ["venv/bin/python", "gateway.py"], "javascript": ["node", "gateway.mjs"]}
JOBS = {f"{language}, {' and '.join(attributes)}{' alone' if attributes is ONE else ''}": (program, attributes)
        for language, program in PROGRAMS.items() for attributes in (ONE, BOTH)}

held = [socket.socket() for _ in range(len(JOBS) + 1)]
for each in held:
    each.bind(("127.0.0.1", 0))
own, *ports = (each.getsockname()[1] for each in held)
for each in held:
    each.close()


def ask(path, **query):
    with urllib.request.urlopen(f"http://127.0.0.1:{own}/api/v1/{path}?{urllib.parse.urlencode(query)}") as answer:
        return json.load(answer)["data"]


children = [subprocess.Popen([*program, str(port), json.dumps(attributes)])
            for port, (program, attributes) in zip(ports, JOBS.values())]
try:
    for port in ports:
        while socket.socket().connect_ex(("127.0.0.1", port)):
            time.sleep(0.1)
    with open("prometheus.yml", "w") as file:
        json.dump({"global": {"scrape_interval": "1s"}, "scrape_configs": [
            {"job_name": job, "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]} for port, job in zip(ports, JOBS)]}, file)
    children.append(subprocess.Popen(["usr/bin/prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=data",
                                      f"--web.listen-address=127.0.0.1:{own}"]))
    targets = {}
    while len(targets) < len(JOBS) or "unknown" in {each["health"] for each in targets.values()}:
        time.sleep(0.5)
        try:
            targets = {each["labels"]["job"]: each for each in ask("targets")["activeTargets"]}
        except OSError:
            continue
    time.sleep(2)
    for job in JOBS:
        error = targets[job]["lastError"]
        print(f"{job}: {targets[job]['health']}{', ' if error else ''}{error}")
        found = ask("query", query=f'{{job="{job}",__name__=~"calls_total|gen_ai.*_count"}}')["result"]
        for labels in sorted((each["metric"] for each in found), key=lambda labels: labels["__name__"]):
            print(f"  {labels['__name__']}", *(f"{key}={value}" for key, value in labels.items() if "user" in key))
finally:
    for child in children:
        child.terminate()
    for child in children:
        child.wait()
EOF
venv/bin/python probe.py >seen 2>>log
compare
