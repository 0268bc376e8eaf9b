# SPDX-License-Identifier: GPL-3.0-or-later
"""Ten thousand bodies, written as anybody might: each goes on as it is listed, or is refused with a sentence."""

from __future__ import annotations

import asyncio
import gc
import itertools
import json
import logging
import tracemalloc
from collections import Counter
from pathlib import Path

import pytest
from filtered import KEY, RULES, Filtered
from generated_requests import Request, Requests, parts_of
from mcp_lan_filter.application import LARGE
from request_oracle import Oracle, Verdict, mended, read, same

MANY = 10_000
MODEL = "one"
ORACLE = Oracle(RULES, responses=("one",))
# Where the application is asked for each kind of body.
PATHS = {
    "chat": "/v1/chat/completions",
    "completions": "/v1/completions",
    "responses": "/v1/responses",
    "embeddings": "/v1/embeddings",
    "moderations": "/v1/moderations",
    "rerank": "/v1/rerank",
    "image_generation": "/v1/images/generations",
    "image_edit": "/v1/images/edits",
    "speech": "/v1/audio/speech",
    "transcription": "/v1/audio/transcriptions",
    "messages": "/v1/messages",
    "count_tokens": "/v1/messages/count_tokens",
    "generate_content": f"/v1beta/models/{MODEL}:generateContent",
    "count_tokens_google": f"/v1beta/models/{MODEL}:countTokens",
    "jsonrpc": "/mcp/",
}
# Those whose model stands there.
IN_THE_PATH = {body for body, path in PATHS.items() if "/models/" in path}


@pytest.fixture
def filtered(tmp_path, caplog):
    caplog.set_level(logging.ERROR, "python_multipart")  # it says something of every form that it cannot read
    return Filtered(RULES, tmp_path / "requests.json")


async def hand_in(filtered, request: Request):
    """Status and answer, and what of it reached the application, or None."""
    path = PATHS[request.body]
    headers = {"authorization": f"Bearer {KEY}", "content-type": request.content_type}
    scope = {"type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b""}
    scope |= {"client": ("172.29.0.9", 1), "headers": [(name.encode(), of.encode()) for name, of in headers.items()]}
    sent = []

    async def receive():
        return {"type": "http.request", "body": request.raw}

    async def send(message):
        sent.append(message)

    await filtered.filter(scope, receive, send)
    seen, filtered.application.seen = filtered.application.seen, []
    answer = b"".join(message.get("body", b"") for message in sent)
    return sent[0]["status"], answer, seen[0] if seen else None


def expected(request: Request) -> Verdict:
    if request.content_type.startswith("multipart/"):
        return ORACLE.form(request.body, request.parts)
    return ORACLE.json(request.body, request.raw, MODEL if request.body in IN_THE_PATH else None)


def check_refused(request: Request, verdict: Verdict, status: int, answer: bytes) -> None:
    """One sentence about one of the faults, in the protocol's shape."""
    error = json.loads(answer)["error"]
    sentence = error["message"]
    assert any(status == of and words in sentence for of, words in verdict.faults), (verdict.faults, status, sentence)
    assert len(sentence) < 400 and sentence.isprintable()
    if status != 200:
        assert sentence.endswith(".")
        return
    value, _faults = read(request.raw)
    identity = value.get("id") if isinstance(value.get("id"), (str, int)) else None
    assert error["code"] in (-32601, -32602) and json.loads(answer)["id"] in (identity, mended(identity))


def check_passed(request: Request, verdict: Verdict, seen) -> None:
    """The content that is listed and no more; in the bytes in which it came, unless these had to be written anew."""
    kind = seen.headers[b"content-type"].decode()
    assert seen.headers[b"content-length"] == str(len(seen.body)).encode()
    if request.parts is not None:
        assert parts_of(seen.body, kind) == verdict.content
        return
    value, faults = read(seen.body)
    assert kind == "application/json" and not faults and same(value) == same(verdict.content)
    if verdict.unchanged and request.body in IN_THE_PATH:
        assert seen.body.endswith(request.raw.strip().removeprefix(b"{").lstrip())
    elif verdict.unchanged:
        assert seen.body == request.raw


def check(request: Request, verdict: Verdict, outcome) -> bool:
    """Whether it was let through; AssertionError where it should not have been, or not like that."""
    status, answer, seen = outcome
    if verdict.faults:
        assert seen is None, verdict.faults
        check_refused(request, verdict, status, answer)
    else:
        assert seen is not None, answer
        check_passed(request, verdict, seen)
    return not verdict.faults


def test_generated_bodies_go_on_as_listed_or_are_refused_with_a_sentence(filtered):
    outcomes = Counter()

    async def go():
        for request in itertools.islice(Requests(RULES, 20261128), MANY):
            outcome = await hand_in(filtered, request)
            outcomes[request.body, check(request, expected(request), outcome)] += 1

    asyncio.run(go())
    each = MANY / len(PATHS)
    assert {body for body, _passed in outcomes} == set(PATHS) == set(RULES["bodies"])
    assert min(outcomes[body, passed] for body in PATHS for passed in (True, False)) > each / 10, outcomes


def test_nothing_is_kept_of_a_body_that_was_judged(filtered):
    async def judged(seed):
        for request in itertools.islice(Requests(RULES, seed), MANY // 40):
            await hand_in(filtered, request)
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    async def go():
        return [await judged(seed) for seed in range(8)]

    tracemalloc.start()
    try:
        sizes = asyncio.run(go())
    finally:
        tracemalloc.stop()
    # What is kept grows in every round; what other threads of the process hold comes and goes.
    assert min(after - before for before, after in itertools.pairwise(sizes)) < 20_000, sizes


def large(seed: int, number: int) -> list[Request]:
    """About as many for the process that judges large bodies; most of them would be let through."""
    requests = Requests(RULES, seed)
    names = [name for name in PATHS if RULES["bodies"][name]["content"] == ["json"]]
    made = []
    for name, size in zip(itertools.cycle(names), (LARGE * (1 + each % 9) for each in range(number)), strict=False):
        body = RULES["bodies"][name]
        value = requests.object_of(body, odd=0.01)
        fields = {field: rule for field, rule in body["fields"].items() if field != "model"}
        field = next(field for kind in ("any", "text", "message") for field, rule in fields.items() if rule == kind)
        if fields[field] != "text":
            one = [requests.anything(), "x" * 999]
            value[field] = [one] * (size // len(json.dumps(one)) + 1)
        else:
            value[field] = "x" * size
        made.append(Request(name, "application/json", requests.spelled(value)))
    return [request for request in made if len(request.raw) > LARGE]


def resident(process: int) -> int:
    """The bytes of a process that are in memory."""
    found = Path(f"/proc/{process}/status").read_text()
    return int(found.partition("VmRSS:")[2].split()[0]) * 1024


def test_large_ones_are_judged_alike_by_a_process_that_keeps_nothing(filtered):
    requests = large(20261128, 45)
    outcomes, sizes, processes = Counter(), [], set()

    async def go():
        for number in range(10):
            for request in requests:
                outcome = await hand_in(filtered, request)
                if number == 0:
                    outcomes[check(request, expected(request), outcome)] += 1
            processes.add(filtered.worker.process.pid)
            sizes.append(resident(filtered.worker.process.pid))
        await filtered.worker.stop()

    asyncio.run(go())
    assert len(processes) == 1 and min(outcomes.values()) > len(requests) / 10, outcomes
    # As above; some rounds take more because what is free lies in pieces that are too small.
    assert min(after - before for before, after in itertools.pairwise(sizes)) < 16_384, sizes
    assert sizes[-1] < 1.5 * sizes[0], sizes
