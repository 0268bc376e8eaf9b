# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose turn it is where a model has less room than it is asked for."""

from __future__ import annotations

import asyncio
import contextlib
from types import SimpleNamespace

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils import model_queues, request_rules
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from filtered import CHAT, GOOD, KEY, MASTER, WRONG, Filtered
from mcp_lan_filter.queues import USUAL, Queue, owners_of
from mcp_lan_filter.refusal import Refusal

DOOR, HOUSE = "key:door", "team:house"


class Trial:
    """A queue, and requests that are in it until they are told to end."""

    def __init__(self, places: int, **owners) -> None:
        self.at = 0.0
        named = {name.replace("_", ":"): said for name, said in owners.items()}
        self.queue = Queue({"models": ["m"], "places": places, "owners": named}, lambda: self.at)
        self.served: list[str] = []
        self.ends: dict[str, asyncio.Event] = {}
        self.tasks: dict[str, asyncio.Task] = {}
        self.gone: dict[str, asyncio.Event] = {}

    async def ask(self, name: str, *owners: str) -> None:
        self.ends[name], self.gone[name] = asyncio.Event(), asyncio.Event()

        async def serve():
            async with self.queue.place(owners, self.queue.priority(owners), self.gone[name].wait):
                self.served.append(name)
                await self.ends[name].wait()

        self.tasks[name] = asyncio.create_task(serve())
        await settle()

    async def end(self, *names: str) -> None:
        for name in names:
            self.ends[name].set()
            await settle()


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_the_smaller_the_sooner_and_else_in_the_order_of_their_coming():
    async def go():
        trial = Trial(1, key_door={"priority": 0}, team_house={"priority": 50})
        await trial.ask("first")
        await trial.ask("usual")
        await trial.ask("another", "key:x")
        await trial.ask("housed", "key:y", HOUSE)
        await trial.ask("own", DOOR, HOUSE)
        assert trial.served == ["first"]
        await trial.end("first", "own", "housed", "usual", "another")
        return trial.served

    assert asyncio.run(go()) == ["first", "own", "housed", "usual", "another"]


def test_nobody_waits_for_ever():
    """What has waited for as long as its priority is larger comes before what comes then."""

    async def go(waited):
        trial = Trial(1, key_door={"priority": 0})
        await trial.ask("first")
        await trial.ask("usual")
        trial.at += waited
        await trial.ask("own", DOOR)
        await trial.end("first")
        return trial.served[1]

    assert asyncio.run(go(USUAL - 1)) == "own"
    assert asyncio.run(go(USUAL + 1)) == "usual"


def test_a_place_that_is_reserved_is_for_nobody_else():
    async def go():
        trial = Trial(3, key_door={"reserved": 1}, team_house={"reserved": 1})
        for name in ("one", "two", "three"):
            await trial.ask(name)
        assert trial.served == ["one"], "one of three is for anybody"
        await trial.ask("own", DOOR)
        await trial.ask("own, too", DOOR)
        assert trial.served == ["one", "own"], "beyond its own it waits as others do"
        await trial.ask("housed", "key:y", HOUSE)
        assert trial.served == ["one", "own", "housed"]
        await trial.end("own")
        assert trial.served[3:] == ["own, too"], "whose is free again before who came sooner"
        await trial.end("one", "two", "three", "own, too", "housed")
        assert trial.queue.running == 0 and not trial.queue.running_of.total()
        return trial.served

    assert asyncio.run(go())[4:] == ["two", "three"]


def test_a_place_comes_back_from_what_fails_is_cancelled_or_goes_away():
    async def go():
        trial = Trial(1)
        await trial.ask("first")
        for name in ("gone", "cancelled", "last"):
            await trial.ask(name)
        trial.gone["gone"].set()
        trial.tasks["cancelled"].cancel()
        await settle()
        assert isinstance(trial.tasks["gone"].exception(), Refusal)
        assert trial.tasks["cancelled"].cancelled()
        trial.tasks["first"].cancel()
        await settle()
        assert trial.served == ["first", "last"]
        with contextlib.suppress(RuntimeError):
            await trial.end("last")
            async with trial.queue.place((), USUAL, asyncio.Event().wait):
                raise RuntimeError
        return trial.queue.running, trial.queue.waiting

    assert asyncio.run(go()) == (0, [])


def test_what_has_its_turn_as_it_is_given_up_leaves_it():
    async def go():
        trial = Trial(1)
        await trial.ask("first")
        await trial.ask("second")
        trial.ends["first"].set()
        await asyncio.sleep(0)
        trial.tasks["second"].cancel()
        await settle()
        return trial.queue.running, trial.queue.waiting

    assert asyncio.run(go()) == (0, [])


def test_a_rotated_key_is_the_same_one():
    key = SimpleNamespace(key_alias="door.replaced-0123abcd", team_alias="house")
    assert owners_of(key) == (DOOR, HOUSE)
    assert owners_of(SimpleNamespace(key_alias=None, team_alias=None)) == ()


def behind(tmp_path, asked: list[tuple[str, str, dict]]) -> int:
    """The requests at the same time that reach what stands behind the filter, of a queue of two places."""
    rules = request_rules.complete({}, "1.77.3", queues=[{"models": ["m"], "parallel": 2}])
    filtered = Filtered(rules, tmp_path / "requests.json")
    most = filtered.most_at_once(asked)
    assert filtered.filter.queues.queues[0].running == 0
    return most


OTHER = {**CHAT, "model": "other"}
PATHS = {
    "chat": "/v1/chat/completions",
    "completions": "/v1/completions",
    "responses": "/v1/responses",
    "embeddings": "/v1/embeddings",
    "messages": "/v1/messages",
    "generate_content": "/v1beta/models/m:generateContent",
}


@pytest.mark.parametrize("name", PATHS)
def test_every_route_that_asks_a_model_has_its_place(tmp_path, name):
    assert behind(tmp_path, [(PATHS[name], KEY, GOOD[name])] * 5) == 2


@pytest.mark.parametrize(
    ("asked", "most"),
    [
        ([(PATHS["chat"], KEY, OTHER)] * 5, 5),
        ([(PATHS["chat"], KEY, CHAT)] * 5 + [(PATHS["chat"], MASTER, CHAT)] * 5, 2),
        ([("/v1/messages/count_tokens", KEY, GOOD["count_tokens"])] * 5, 5),
        # LiteLLM says what is wrong with a key; it takes no place.
        ([(PATHS["chat"], WRONG, CHAT)] * 5, 5),
    ],
)
def test_and_nothing_else(tmp_path, asked, most):
    assert behind(tmp_path, asked) == most


def test_places_are_shared_by_the_workers():
    said = {"models": ["m"], "parallel": 9, "keys": {"door": {"priority": 0, "reserved": 0.25}}}
    made = {"models": ["m"], "places": 4, "owners": {DOOR: {"priority": 0, "reserved": 1}}}
    assert model_queues.rules([said], 2) == [made]
    assert model_queues.named([said]) == {"models": ["m"], "keys": ["door"], "teams": []}


@pytest.mark.parametrize(
    ("queues", "words"),
    [
        (["m"], r"litellm_gateway_queues\[0\] has to be a dictionary"),
        ([{"models": ["m"], "parallel": 2, "key": {}}], "there is no 'key'; there are models, parallel, keys, teams"),
        ([{"models": "m", "parallel": 2}], "models has to be a list of names of models, not a text"),
        ([{"models": ["m"]}], "parallel has to be a whole number, and is empty"),
        ([{"models": ["m"], "parallel": float("inf")}], "parallel has to be a whole number, not a number"),
        ([{"models": ["m"], "parallel": 1.5}], "parallel has to be a whole number, not a number"),
        ([{"models": ["m"], "parallel": 1}], "parallel is 1: write 2 or more, one for each of LiteLLM's workers"),
        ([{"models": ["m"], "parallel": 2}] * 2, r"the model 'm' is in litellm_gateway_queues\[0\] already"),
        ([{"models": ["m"], "parallel": 4, "keys": ["door"]}], "keys has to be a dictionary of names"),
        ([{"models": ["m"], "parallel": 4, "keys": {"door": {}}}], "keys.door has to have 'priority', 'reserved'"),
        ([{"models": ["m"], "parallel": 4, "keys": {"door": {"priority": 256}}}], "priority is 256: write a number"),
        ([{"models": ["m"], "parallel": 4, "teams": {"x": {"reserved": 1}}}], "reserved is 1: write a share between"),
        ([{"models": ["m"], "parallel": 4, "teams": {"x": {"reserved": 0.1}}}], "of 2 places is none: write 0.5"),
        (
            [{"models": ["m"], "parallel": 4, "teams": {"x": {"reserved": 0.5}, "y": {"reserved": 0.5}}}],
            "2 of 2 places of each of the 2 workers are reserved, so that nobody else is ever served",
        ),
    ],
)
def test_what_cannot_be_is_said(queues, words):
    with pytest.raises(UserError, match=words):
        model_queues.rules(queues, 2)


def test_no_client_says_its_own_priority(tmp_path):
    filtered = Filtered(request_rules.complete({}, "1.77.3"), tmp_path / "requests.json")
    answer = filtered.ask("POST", PATHS["chat"], json={**CHAT, "priority": 0})
    assert answer.status_code == 400 and "'priority'" in answer.json()["error"]["message"]
    with pytest.raises(UserError, match="'priority' cannot be allowed"):
        request_rules.complete({"chat": ["priority"]}, "1.77.3")
