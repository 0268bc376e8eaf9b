# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests without a pause, some at a time, and how each of them went."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import requests


@dataclass(frozen=True)
class Asked:
    """One request: when it began and ended (seconds of time.monotonic), and what was wrong with its answer."""

    began: float
    ended: float
    wrong: str


class Load:
    """Asks by so many connections at a time, which are kept, until it is left or has asked so often.

    asks: each takes a session, asks, and says what was wrong, or nothing. They take turns.
    """

    def __init__(self, asks: Sequence[Callable[[requests.Session], str]], at_once: int, most: int | None = None):
        self.asks, self.at_once = asks, at_once
        self.done: list[Asked] = []
        self._numbers = itertools.islice(itertools.count(), most)
        self._lock, self._ended = threading.Lock(), threading.Event()
        self._threads = [threading.Thread(target=self._run) for _ in range(at_once)]

    def __enter__(self) -> Load:
        for each in self._threads:
            each.start()
        return self

    def __exit__(self, *exception) -> None:
        self._ended.set()
        self.wait()

    def wait(self) -> None:
        """Until it has asked as often as it is to."""
        for each in self._threads:
            each.join()

    def reaches(self, number: int, seconds: float) -> None:
        """Until so many requests have been answered."""
        end = time.monotonic() + seconds
        while len(self.done) < number:
            assert time.monotonic() < end, f"{len(self.done)} of {number} requests in {seconds:g} s"
            time.sleep(0.1)

    @property
    def wrong(self) -> list[Asked]:
        return [each for each in self.done if each.wrong]

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.done) / (max(each.ended for each in self.done) - min(each.began for each in self.done))

    def _run(self) -> None:
        with requests.Session() as session:
            while not self._ended.is_set():
                with self._lock:
                    number = next(self._numbers, None)
                if number is None:
                    return
                began = time.monotonic()
                try:
                    wrong = self.asks[number % len(self.asks)](session)
                except requests.RequestException as error:
                    wrong = f"{type(error).__name__}: {error}"
                self.done.append(Asked(began, time.monotonic(), wrong))
