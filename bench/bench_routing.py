# SPDX-License-Identifier: GPL-3.0-or-later
"""Routing: how a thousand chats are spread over two deployments of one name, and what happens when one of them dies.

The deployments are two servers beside the gateway, which count what reaches them. Where a strategy promises a share, p
is how often chance alone would be as far from it (chi-squared); below 0.001 it is not kept. "-faster" are names whose
second server takes two seconds, and the first a hundredth of one. For the deaths, ten clients ask all the time; after
five seconds a server is killed, and they go on for twenty, four times the cooldown. "Refused": its process ends, and
its machine says so. "Silent": it takes connections and does not answer. "Gone": nothing has its address any more. A
chat that takes longer than 60 s has failed; "slow" are those that took a second more than the median before.
MCP_LAN_BENCH_VERSIONS names the versions, separated by spaces; MCP_LAN_BENCH_CHATS is the number of chats.
"""

from __future__ import annotations

import contextlib
import math
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import docker
import gateway as gateways
import requests
import yaml
from mortal_model import DEATHS, Server

CHATS, AT_ONCE = int(os.environ.get("MCP_LAN_BENCH_CHATS", "1000")), 10
BEFORE, AFTER, COOLDOWN, TIMEOUT = 5, 20, 5, 6
UNLIKELY = 0.001
CHEAP, DEAR = ({f"{way}_cost_per_token": cost for way in ("input", "output")} for cost in (0.000001, 0.00001))
# Name: what its two deployments have beside their servers, the strategy, and the share of the first that it promises; a
# pair is the least and the most. What failed at one is tried at the other.
NAMES = {
    "even": ({}, {}, "simple-shuffle", 0.5),
    "weight 3:1": ({"weight": 3}, {"weight": 1}, "simple-shuffle", 0.75),
    "rpm 9:1": ({"rpm": 900000}, {"rpm": 100000}, "simple-shuffle", 0.9),
    "order": ({"order": 1}, {"order": 2}, "simple-shuffle", (0.98, 1)),
    "busy-faster": ({}, {}, "least-busy", (0.6, 1)),
    "latency-faster": ({}, {}, "latency-based-routing", (0.9, 1)),
    "usage": ({}, {}, "usage-based-routing-v2", (0.4, 0.6)),
    "cost": (CHEAP, DEAR, "cost-based-routing", (0.98, 1)),
}
# As docs/models.md has it.
SETTINGS = {
    "num_retries": 2,
    "allowed_fails": 3,
    "cooldown_time": COOLDOWN,
    "timeout": TIMEOUT,
}
BEHIND = ("two deployments", "two and a fallback", "a fallback")
# LiteLLM 1.77.3 looks at the order among these alone; they cost it half of its speed.
CHECKED = ("order",)


def deploy(made: gateways.Gateway, name: str, server: Server, **more) -> None:
    made.admin("/model/new", {"model_name": name, "litellm_params": server.parameters(**more)})


def config(strategy: str = "simple-shuffle", checked: bool = False) -> str:
    settings = {**SETTINGS, "routing_strategy": strategy, "enable_pre_call_checks": checked}
    return yaml.safe_dump({"router_settings": settings})


def chat(made: gateways.Gateway, name: str, session: requests.Session) -> bool:
    body = {"model": name, "messages": [{"role": "user", "content": "Hi"}]}
    headers = {"Authorization": f"Bearer {made.master_key}"}
    try:
        answer = session.post(f"{made.url}/v1/chat/completions", json=body, headers=headers, timeout=60)
    except requests.RequestException as error:
        print(f"bench: {type(error).__name__}", flush=True)
        return False
    if answer.status_code != 200:
        print(f"bench: {answer.status_code} {answer.text[:300]}", flush=True)
    return answer.status_code == 200


def until_it_answers(made: gateways.Gateway, name: str) -> None:
    deadline = time.monotonic() + 60
    while not chat(made, name, requests.Session()):
        if time.monotonic() > deadline:
            said = docker.from_env().containers.get(made.name).logs(tail=20).decode()
            raise SystemExit(f"bench: the model {name} does not answer:\n{said}")
        time.sleep(1)


def said(row: str) -> str:
    """At once, as it all takes a quarter of an hour."""
    print(row, flush=True)
    return row


def spread(made: gateways.Gateway, name: str, pair: tuple[Server, Server]) -> str:
    """A row: what was promised, what came, and whether it is that."""
    *parameters, strategy, share = NAMES[name]
    for server, more in zip(pair, parameters, strict=True):
        deploy(made, name, server, **more)
    until_it_answers(made, name)
    session = requests.Session()
    for _ in range(20):
        chat(made, name, session)  # what a strategy is to go by
    before = [one.seen() for one in pair]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = [pool.submit(chat, made, name, session) for _ in range(CHATS)]
        failed = sum(not one.result() for one in answers)
    first, second = (one.seen() - then for one, then in zip(pair, before, strict=True))
    if isinstance(share, float):
        promised = f"{share:.0%}"
        pairs = ((first, share), (second, 1 - share))
        apart = sum((found - CHATS * part) ** 2 / (CHATS * part) for found, part in pairs)
        chance = math.erfc(math.sqrt(apart / 2))
        kept = f"{'yes' if chance >= UNLIKELY else 'NO'}: χ² {apart:.2f}, p {chance:.3f}"
    else:
        promised = f"{share[0]:.0%} to {share[1]:.0%}"
        kept = "yes" if share[0] <= first / CHATS <= share[1] else "NO"
    return said(f"| {made.version} | {name} | `{strategy}` | {promised} | {first} : {second} | {kept} | {failed} |")


def death(made: gateways.Gateway, behind: str, how: str, reference: str) -> str:
    """A row: how one server's death was for those who went on asking."""
    name = f"{how}-{behind.replace(' ', '-')}"
    with contextlib.ExitStack() as stack:
        pair = []
        for number in (1, 2):
            pair.append(Server(made.network, reference, f"{gateways.PREFIX}{name}-{number}", 0.01))
            stack.callback(pair[-1].remove)
        other = f"{name}-other"
        deploy(made, other, pair[0])
        for server in pair[0 if "two" in behind else 1 :]:
            deploy(made, name, server)
        fallbacks = [{name: [other]}] if "fallback" in behind else []
        made.admin("/config/update", {"router_settings": {"fallbacks": fallbacks}})
        until_it_answers(made, name)
        until_it_answers(made, other)
        took: list[tuple[float, float, bool]] = []
        ends = threading.Event()

        def client() -> None:
            session = requests.Session()
            while not ends.is_set():
                began = time.monotonic()
                fine = chat(made, name, session)
                took.append((began, time.monotonic() - began, fine))

        threads = [threading.Thread(target=client) for _ in range(AT_ONCE)]
        for one in threads:
            one.start()
        time.sleep(BEFORE)
        while not took:  # a machine that is busy with other things
            time.sleep(0.1)
        killed = time.monotonic()
        pair[1].die(how)
        time.sleep(AFTER)
        ends.set()
        for one in threads:
            one.join()
        if how == "silent":
            pair[1].container.unpause()
    usual = sorted(length for began, length, _fine in took if began + length < killed)
    after = [(began, length) for began, length, _fine in took if began + length >= killed]
    slow = sorted(began - killed for began, length in after if length > usual[len(usual) // 2] + 1)
    first_half = sum(began <= COOLDOWN for began in slow)
    return said(
        f"| {made.version} | {behind} | {how} | {len(took)} | {sum(not fine for *_, fine in took)} | "
        f"{usual[len(usual) // 2] * 1000:.0f} ms | {max(length for _began, length in after):.1f} s | {first_half} | "
        f"{len(slow) - first_half} of {sum(began - killed > COOLDOWN for began, _length in after)} |"
    )


@contextlib.contextmanager
def beside(made: gateways.Gateway, reference: str, **seconds: float) -> Iterator[dict[str, Server]]:
    """Servers of these names that take so long."""
    with contextlib.ExitStack() as stack:
        servers = {}
        for name, each in seconds.items():
            servers[name] = Server(made.network, reference, f"{gateways.PREFIX}{name}", each)
            stack.callback(servers[name].remove)
        yield servers


def table() -> str:
    """The Markdown tables."""
    versions = gateways.versions()
    references = gateways.images(versions)
    spreads, deaths = [], []
    for version in versions:
        by_gateway = {name: (said[2], name in CHECKED) for name, said in NAMES.items()}
        for each in dict.fromkeys(by_gateway.values()):
            with (
                gateways.gateway(version, references, more_config=config(*each)) as made,
                beside(made, references[version], one=0.01, two=0.01, slow=2) as servers,
            ):
                for name in (name for name in NAMES if by_gateway[name] == each):
                    second = servers["slow" if "faster" in name else "two"]
                    spreads.append(spread(made, name, (servers["one"], second)))
        with gateways.gateway(version, references, more_config=config()) as made:
            deaths += [death(made, behind, how, references[version]) for how in DEATHS for behind in BEHIND]
    return "\n".join(
        [
            "| version | name | strategy | promised to the first | came | kept | failed |",
            "| --- | --- | --- | --- | --- | --- | --- |",
            *spreads,
            "",
            "| version | behind | death | chats | failed | median before | slowest | slow in the cooldown | after |",
            "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
            *deaths,
        ]
    )
