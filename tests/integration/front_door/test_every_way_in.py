# SPDX-License-Identifier: GPL-3.0-or-later
"""What is not listed reaches nothing behind the filter, by every route and way in, and whatever key it comes with.

In LiteLLM's place stands an application that counts, with the server and the libraries of LiteLLM's image.
"""

from __future__ import annotations

import itertools
import json
import re
import time
from dataclasses import dataclass, field
from types import SimpleNamespace

import front_door as front_doors
import pytest
import requests
import sender
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils import request_rules
from counting import SEEN
from filtered import GOOD, KEY, MASTER, WRONG
from guarded_gateway import GATEWAYS, GUARD, PREFIX, ROOT, configure, free_port, plain, run
from mcp_lan_filter.application import LARGE
from spellings import spellings

COUNTING, SENDER = ROOT / "tests/support/counting.py", ROOT / "tests/support/sender.py"
NOTHING = "mcp_lan_nothing"
BOUNDARY = "of-the-test"
JSON = ("content-type", "application/json")
FORM = ("content-type", f"multipart/form-data; boundary={BOUNDARY}")
# How the programs of each API send their key; those of the others send it as Authorization.
KEY_HEADERS = {"anthropic": "x-api-key", "google": "x-goog-api-key"}
LISTED = [("accept", "application/json"), ("user-agent", "test")]
CLAIMED = "192.0.2.7"
# What a client says that is none of LiteLLM's, and what the front door alone may say.
TAKEN_OUT = [
    *[(name, "1") for name in ("x-nothing", "x_nothing", "cookie", "traceparent", "x-request-id")],
    *[(name, "/nothing") for name in ("x-original-url", "x-rewrite-url", "x-forwarded-host", "x-forwarded-prefix")],
    *[(name, CLAIMED) for name in ("x-forwarded-for", "x-real-ip", "forwarded", "via")],
    *[("x-http-method-override", "PUT"), ("x-mcp-lan-audience", "admin"), ("x-mcp-lan-door", "1")],
]
TAKEN_OUT_OF_MODELS = [(name, "1") for name in ("mcp-session-id", "x-mcp-servers", "x-mcp-alpha-authorization")]
BY_DOOR = {"x-forwarded-for", "x-forwarded-proto", "x-real-ip"}
# Paths that no route has.
UNLISTED = [
    *("/key/list", "/config/update", "/openapi.json", "/routes", "/health/readiness", "/nothing", "/"),
    *("/messages", "/messages/count_tokens", "/v1/audio/translations", "/mcp/one/two", "/v1/realtime"),
]


@dataclass
class Try:
    """A request, and what is to come of it."""

    what: str
    method: str
    path: str
    headers: list = field(default_factory=list)
    body: str | None = None
    arrives: dict | None = None
    """What the application is to see, or None where it is to see nothing."""
    status: int | None = None
    """Where it is answered with success although it is stopped."""

    def sent(self) -> list:
        return [self.method, self.path, self.headers, self.body]


class Tries:
    """All for one route, spelling, method and key."""

    def __init__(self, rules: dict, route: dict, path: str, method: str, key: str | None, never) -> None:
        self.rules, self.route, self.path, self.method, self.never = rules, route, path, method, never
        self.name = route["methods"][method]
        self.of_body = self.name and rules["bodies"][self.name]
        header = KEY_HEADERS.get(route["shape"], "authorization")
        own = [(header, f"Bearer {key}" if header == "authorization" else key)] if key else []
        self.headers = [*own, *LISTED]
        self.is_form = bool(self.name) and self.of_body["content"] == ["multipart"]
        self.kind = [] if not self.name else [FORM if self.is_form else JSON]
        self.value = self.fields() if self.is_form else GOOD.get(self.name)
        self.good = self.written(self.value)

    def fields(self) -> list[tuple]:
        """Those of a form that is let through."""
        file = next(name for name, rule in self.of_body["fields"].items() if rule == "file")
        return [("model", None, "m"), (file, "a.wav", "RIFF")]

    def written(self, value) -> str | None:
        return None if value is None else form(value) if self.is_form else json.dumps(value)

    def make(self, what, path=None, headers=(), body=None, **more) -> Try:
        """A request that differs from a listed one in what is given."""
        kind = [] if any(name == "content-type" for name, _value in headers) else self.kind
        headers = [*self.headers, *kind, *headers]
        return Try(what, self.method, path or self.path, headers, self.good if body is None else body, **more)

    def arriving(self, **other) -> dict:
        """What the application sees of a listed request."""
        headers = {name for name, _value in self.headers} | {"host"}
        headers |= {"content-type", "content-length"} if self.name else set()
        path = self.path
        if self.route["shape"] == "google":
            path = path.replace("/v1/", "/v1beta/")
        elif self.route["shape"] == "jsonrpc":
            path = "/mcp/" if path.rstrip("/") == "/mcp" else path.rstrip("/")
        value = self.value
        if self.route["shape"] == "google":
            value = {"model": "one", **value}
        return {"method": self.method, "path": path, "query": "", "headers": headers, "value": value, **other}

    def listed(self):
        yield self.make("as it is listed", arrives=self.arriving())
        more = TAKEN_OUT if self.route["shape"] == "jsonrpc" else [*TAKEN_OUT, *TAKEN_OUT_OF_MODELS]
        yield self.make("headers that nobody knows", headers=more, arrives=self.arriving())
        for name in [name for name in self.route["query"] if name != "key"][:1]:
            query = f"{name}=1"
            yield self.make("a listed parameter", f"{self.path}?{query}", arrives=self.arriving(query=query))
        if self.name:
            pieces = f"{len(self.good):x}\r\n{self.good}\r\n0\r\n\r\n"
            chunked = [("transfer-encoding", "chunked")]
            yield self.make("in pieces", headers=chunked, body=pieces, arrives=self.arriving())
        else:
            body = json.dumps({NOTHING: 1})
            yield self.make("a body that it does not have", headers=[JSON], body=body, arrives=self.arriving())

    def stopped(self):
        yield from self.odd_queries()
        yield from self.odd_headers()
        yield from self.odd_paths()
        yield from self.other_methods()
        if self.is_form:
            yield from self.odd_forms()
        elif self.name:
            yield from self.odd_json()
            yield from self.odd_fields()

    def odd_queries(self):
        queries = [f"{NOTHING}=1", f"%6d{NOTHING[1:]}=1", "=1", "%FF=1"]
        for name in self.route["query"][:1]:
            queries += [f"{name}=1&{NOTHING}=1", f"{name}=1&{name}=1", f"{name.upper()}=1"]
            queries += [] if f"{name}[]" in self.route["query"] else [f"{name}[]=1"]
        for query in queries:
            yield self.make(f"parameter {query}", f"{self.path}?{query}")

    def odd_headers(self):
        names = ["x-litellm-nothing", "X-LiteLLM-Nothing", "llm_provider-nothing", next(self.never), next(self.never)]
        for name in names:
            yield self.make(f"header {name}", headers=[(name, "1")])
        yield self.make("a header twice", headers=[("user-agent", "one"), ("user-agent", "two")])

    def odd_paths(self):
        path = self.path
        odd = [f"/{path}", f"/.{path}", f"/x/..{path}", path.replace("/", "/./", 1), path.upper()]
        odd += ["/" + path[1:].replace("/", between, 1) for between in ("%2f", "\\", "//", "/./")]
        odd += [path[:-1] + f"%{ord(path[-1]):x}"]
        odd += [path + end for end in ("/", "//", "/.", "/..", "%20", "%00", "%3fx", ";x=1", f"/{NOTHING}/{NOTHING}")]
        for each in dict.fromkeys(odd):
            if not any(re.fullmatch(route["path"], each) for route in self.rules["routes"]):
                yield self.make(f"path {each}", each)

    def other_methods(self):
        routes = [route for route in self.rules["routes"] if re.fullmatch(route["path"], self.path)]
        allowed = {method for route in routes for method in route["methods"]}
        for method in sorted({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "NOTHING"} - allowed):
            yield Try(f"method {method}", method, self.path, self.headers)

    def odd_json(self):
        """A listed value, written so that readers may differ about it, or said to be something else."""
        good = self.good
        name = next(iter(self.value))
        yield self.make("compressed", headers=[("content-encoding", "gzip")])
        for kind in ("text/plain", "application/json; charset=latin-1", "application/x-www-form-urlencoded", FORM[1]):
            yield self.make(f"type {kind}", headers=[("content-type", kind)])
        yield Try("no type", self.method, self.path, self.headers, good)
        twice = f"{good[:-1]}, {json.dumps(name)}: {json.dumps(self.value[name])}}}"
        bodies = {
            "a field twice": twice,
            "a list": f"[{good}]",
            "nothing": "",
            "half of it": good[:-1],
            "two": good + good,
        }
        bodies |= {"another encoding": good.encode("utf-16").decode("latin-1"), "a mark": f"\xef\xbb\xbf{good}"}
        for what, body in bodies.items():
            yield self.make(what, body=body)

    def odd_fields(self):
        fields = self.of_body["fields"]
        added = [{NOTHING: 1}, *({name: value} for name, rule in fields.items() for value in odd_values(rule))]
        added += [{"model": value} for value in ("", "one,two", None) if "model" in fields]
        for more in added:
            yield self.make(f"field {more}", body=json.dumps({**self.value, **more}))
        heavy = {name: "x" * LARGE for name, rule in fields.items() if rule in ("any", "text") and name != "model"}
        large = dict(itertools.islice(heavy.items(), 1))
        yield self.make("much, and one field more", body=json.dumps({**self.value, **large, NOTHING: 1}))
        if self.route["shape"] == "jsonrpc":
            yield self.make("method prompts/get", body=json.dumps({**self.value, "method": "prompts/get"}), status=200)

    def odd_forms(self):
        model, file = self.value
        forms = {
            "one field more": [model, file, (NOTHING, None, "1")],
            "one file more": [model, file, (NOTHING, "b.wav", "RIFF")],
            "a field twice": [model, model, file],
            "a text for a file": [model, (file[0], None, "RIFF")],
            "a file for a text": [("model", "a.txt", "m"), file],
            "no model": [file],
        }
        for what, fields in forms.items():
            yield self.make(what, body=form(fields))
        yield self.make("before the form", body=f"{NOTHING}\r\n{self.good}")
        for kind in ("application/x-www-form-urlencoded", "multipart/form-data", "application/json"):
            yield self.make(f"type {kind}", headers=[("content-type", kind)])


def odd_values(rule):
    """Some that a rule does not let through, at each depth of it."""
    match rule:
        case "plain":
            yield from ({"ticket": {NOTHING: 1}}, {"tags": "x"}, [])
        case {"fields": fields}:
            yield {NOTHING: 1}
            yield from ({name: value} for name, inner in fields.items() for value in odd_values(inner))
        case {"each": inner}:
            yield from ([value] for value in odd_values(inner))
        case {"text_or": inner}:
            yield from odd_values(inner)
        case {"parts": parts}:
            yield from ([{"tool": {name: value}}] for name, inner in parts.items() for value in odd_values(inner))
        case {"types": types}:
            yield {"type": NOTHING}
            kind, inner = next(iter(types.items()))
            yield from ({"type": kind, **value} for value in odd_values(inner))


def form(fields: list[tuple]) -> str:
    """A form of (name, file's name or None, content)."""
    parts = []
    for name, file, content in fields:
        of_file = f'; filename="{file}"\r\nContent-Type: audio/wav' if file else ""
        parts.append(f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{of_file}\r\n\r\n{content}\r\n')
    return "".join(parts) + f"--{BOUNDARY}--\r\n"


@pytest.fixture(scope="module", params=GATEWAYS)
def counting(request, docker_api, network, images, tmp_path_factory):
    """The filter with what counts behind it, and a front door before it."""
    image = images[request.param]
    version = image.rpartition(":")[2]
    open_networks = [one["Subnet"] for one in docker_api.networks.get(network).attrs["IPAM"]["Config"]]
    folder = tmp_path_factory.mktemp("counting")
    configure(folder, "", version, GUARD, open_networks=open_networks)
    folder.chmod(0o755)
    port = free_port()
    container = run(
        docker_api,
        f"{PREFIX}counting",
        image,
        ["/srv/counting.py", "/etc/litellm/requests.json", MASTER, KEY],
        network,
        entrypoint="python3",
        healthcheck={"test": ["NONE"]},
        environment={"PYTHONPATH": "/etc/litellm"},
        ports={"4000/tcp": ("127.0.0.1", port)},
        volumes={
            str(folder): {"bind": "/etc/litellm", "mode": "ro"},
            str(COUNTING): {"bind": "/srv/counting.py", "mode": "ro"},
        },
    )
    wait_until_counting(f"http://127.0.0.1:{port}{SEEN}", container)
    door, its_container = front_doors.start(
        docker_api,
        images["MCP_LAN_TEST_FRONT_DOOR_IMAGE"],
        f"{PREFIX}counting-door",
        network,
        container.name,
        MASTER,
        tmp_path_factory.mktemp("counting-door"),
        front_door_rate=100000,
        front_door_burst=100000,
    )
    rules = request_rules.complete({}, plain(version), open_networks=open_networks)
    yield SimpleNamespace(image=image, container=container, seen=f"127.0.0.1:{port}", door=door, rules=rules)
    its_container.remove(force=True)
    container.remove(force=True)


def wait_until_counting(url: str, container) -> None:
    deadline = time.monotonic() + 120
    while True:
        try:
            assert requests.get(url, timeout=3).status_code == 200
            return
        except requests.RequestException:
            container.reload()
            assert container.status == "running" and time.monotonic() < deadline, container.logs().decode()
            time.sleep(0.2)


@pytest.fixture
def by_door(counting):
    """Sends requests to the front door."""
    return lambda wanted: sender.send(counting.door.removeprefix("http://"), counting.seen, wanted)


@pytest.fixture
def from_a_container(counting, docker_api, network, tmp_path):
    """Sends requests to LiteLLM's port out of a container of a network that is open to it."""

    def send(wanted):
        (tmp_path / "requests.json").write_text(json.dumps(wanted))
        (tmp_path / "answers.json").touch()
        (tmp_path / "answers.json").chmod(0o666)
        tmp_path.chmod(0o755)
        address = f"{counting.container.name}:4000"
        docker_api.containers.run(
            counting.image,
            ["/srv/sender.py", address, address, "/srv/given"],
            entrypoint="python3",
            name=f"{PREFIX}sender",
            network=network,
            remove=True,
            volumes={
                str(SENDER): {"bind": "/srv/sender.py", "mode": "ro"},
                str(tmp_path): {"bind": "/srv/given", "mode": "rw"},
            },
        )
        return json.loads((tmp_path / "answers.json").read_text())

    return send


def wrong_arrival(wanted: dict, seen: dict, by_door: bool) -> str:
    """What of a request did not arrive as it should, or was not to arrive."""
    headers = dict(seen["headers"])
    if len(headers) != len(seen["headers"]) or set(headers) != wanted["headers"] | (BY_DOOR if by_door else set()):
        return f"headers {seen['headers']}"
    if CLAIMED in headers.values():
        return "it arrived as another client's"
    other = [part for part in ("method", "path", "query") if seen[part] != wanted[part]]
    if other:
        return f"{other[0]} {seen[other[0]]}"
    fits = is_form if isinstance(wanted["value"], list) else is_json
    return "" if fits(seen["body"], wanted["value"]) else f"body {seen['body']}"


def is_json(body: str, value) -> bool:
    return json.loads(body or "null") == value


def is_form(body: str, fields: list[tuple]) -> bool:
    """Whether these fields are in it, and no other."""
    parts = [(f'name="{name}"', f"\r\n\r\n{content}\r\n") for name, _file, content in fields]
    return body.count("Content-Disposition") == len(fields) and all(text in body for part in parts for text in part)


def check(tries: list[Try], send, by_door: bool) -> int:
    """How many there were; AssertionError with all that reached the application, or did not, or arrived otherwise."""
    look = [sender.LOOK, SEEN, [], None]
    # After each request that is to arrive, and after those that are not, before the next one that is.
    steps: list[Try | None] = [None]
    for number, one in enumerate(tries):
        following = tries[number + 1] if number + 1 < len(tries) else None
        steps += [one, None] if one.arrives or following is None or following.arrives else [one]
    answers = send([look if step is None else step.sent() for step in steps])
    wrong, since = [], []
    count = json.loads(answers[0][1])["count"]
    for step, (status, text) in zip(steps[1:], answers[1:], strict=True):
        if step is not None:
            since.append(step)
            succeeds = bool(step.arrives or step.status)
            if succeeds != (200 <= status < 300) or status >= 500:
                wrong.append(f"{step.what} at {step.method} {step.path}: {status} {text}")
            continue
        seen = json.loads(text)
        arrives = since[-1].arrives
        if seen["count"] != count + bool(arrives):
            among = ", ".join(each.what for each in since)[:400]
            wrong.append(f"{seen['count'] - count} arrived of those at {since[0].method} {since[0].path}: {among}")
        elif arrives and (problem := wrong_arrival(arrives, seen["last"], by_door)):
            wrong.append(f"{since[-1].what} at {since[-1].method} {since[-1].path}: {problem}")
        count, since = seen["count"], []
    assert not wrong, "\n".join(wrong[:20])
    return len(tries)


def all_tries(rules: dict, key: str | None) -> list[Try]:
    never = itertools.cycle(name.replace("*", "nothing") for name in rules["headers"]["never"])
    tries = []
    for route in rules["routes"]:
        for path, method in itertools.product(spellings(route["path"]), route["methods"]):
            own = Tries(rules, route, path, method, key, never)
            tries += [*own.listed(), *own.stopped()]
    return tries


@pytest.mark.parametrize("way", ["by_door", "from_a_container"])
@pytest.mark.parametrize(
    "key",
    [
        pytest.param(None, id="no key"),
        pytest.param(WRONG, id="wrong key", marks=pytest.mark.slow),
        pytest.param(KEY, id="right key"),
    ],
)
def test_what_is_not_listed_reaches_nothing(request, counting, key, way):
    """And what is listed does, by the same way, so that this would be seen."""
    tries = all_tries(counting.rules, key)
    headers = [("authorization", f"Bearer {key}")] if key else []
    headers += [("user-agent", "test"), ("x-mcp-lan-audience", "admin"), ("x-mcp-lan-door", "1")]
    methods = ("GET", "POST", "DELETE", "NOTHING")
    tries += [Try("not a route", method, path, headers) for path in UNLISTED for method in methods]
    assert check(tries, request.getfixturevalue(way), way == "by_door") > 2_000
