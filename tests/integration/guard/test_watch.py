# A LiteLLM that has lost its query engine for good is started anew by the engine of containers, and takes keys again.
# SPDX-License-Identifier: GPL-3.0-or-later
"""1.108.7 starts the query engine by itself: there nothing ends, and keys are taken all the time."""

from __future__ import annotations

import time

import pytest
import requests
from guarded_gateway import GATEWAYS, GUARD, plain, wait_until_ready

pytestmark = pytest.mark.slow
KILL = """for p in /proc/[0-9]*; do
  if tr '\\0' ' ' < $p/cmdline 2>/dev/null | grep -q '^query-engine'; then kill -9 ${p#/proc/}; fi
done"""


@pytest.mark.parametrize("image", [getattr(one, "values", (one,))[0] for one in GATEWAYS])
def test_a_query_engine_that_is_gone(images, start_gateway, image):
    made = start_gateway(images[image], GUARD)
    made.container.update(restart_policy={"Name": "always"})
    wait_until_ready(made.url, made.container)
    key = made.key()
    made.container.exec_run(["sh", "-c", KILL])
    began, seen = time.monotonic(), set()
    while time.monotonic() - began < 180:
        made.container.reload()
        try:
            answer = requests.get(made.url + "/v1/models", headers={"Authorization": f"Bearer {key}"}, timeout=10)
            seen.add(answer.status_code)
        except requests.RequestException:
            seen.add(0)
        restarts = made.container.attrs["RestartCount"]
        if restarts and answer.status_code == 200:
            break
        time.sleep(2)
    assert 401 not in seen and answer.status_code == 200
    if plain(made.version) == "1.77.3":
        assert restarts == 1 and "is gone, and does not come back" in made.container.logs().decode()
    else:
        assert restarts == 0 and seen == {200}
