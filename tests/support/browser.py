# SPDX-License-Identifier: GPL-3.0-or-later
"""A real browser for the pages that the project makes: Debian's Chromium, and one page of it that is clicked on."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import time
from pathlib import Path

ARGUMENTS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--window-size=1000,700"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]

# What of a keyboard is pressed, by the browser's name for it: its code on Windows, which pages read, and what it types.
KEYS = {"Enter": (13, "\r"), "Escape": (27, ""), "F1": (112, "")}


def program() -> str:
    """Debian's browser, installed where it is missing."""
    if not shutil.which("chromium"):
        as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
        for words in (["update", "-q"], ["install", "-qy", "--no-install-recommends", "chromium"]):
            subprocess.run([*as_root, "apt-get", *words], check=True, timeout=600, stdout=subprocess.DEVNULL)
    return shutil.which("chromium")


class Page:
    """One page, driven by the browser's own protocol over a pipe."""

    def __init__(self, address: str, profile: Path):
        to_browser, self._out = os.pipe()
        self._in, from_browser = os.pipe()

        def descriptors():
            # The browser reads its orders from 3 and answers on 4.
            read, write = os.dup(to_browser), os.dup(from_browser)
            os.dup2(read, 3)
            os.dup2(write, 4)

        command = [program(), *ARGUMENTS, f"--user-data-dir={profile}", "--remote-debugging-pipe", "about:blank"]
        self._process = subprocess.Popen(
            command, preexec_fn=descriptors, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        os.close(to_browser)
        os.close(from_browser)
        self._ids, self._rest, self._session = itertools.count(1), b"", None
        target = self.ask("Target.createTarget", url=address)["targetId"]
        self._session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.ask("Page.bringToFront")
        # Both of one moment: the blank page is complete, too.
        while not self.js("location.href !== 'about:blank' && document.readyState === 'complete'"):
            pass

    def ask(self, method: str, **parameters) -> dict:
        number = next(self._ids)
        message = {"id": number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            while b"\0" not in self._rest:
                read = os.read(self._in, 1 << 16)
                assert read, "the browser ended"
                self._rest += read
            line, self._rest = self._rest.split(b"\0", 1)
            answer = json.loads(line)
            if answer.get("id") == number:
                assert "error" not in answer, answer
                return answer["result"]

    def js(self, expression: str):
        """The value of an expression in the page, awaited."""
        answer = self.ask("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def click(self, selector: str) -> None:
        """Press the mouse where a person would."""
        place = f"const box = document.querySelector({json.dumps(selector)})"
        x, y = self.js(
            f"{{ {place}; box.scrollIntoView({{block: 'center'}}); const at = box.getBoundingClientRect();"
            " [at.x + at.width / 2, at.y + at.height / 2] }"
        )
        for what in ("mousePressed", "mouseReleased"):
            self.ask("Input.dispatchMouseEvent", type=what, x=x, y=y, button="left", clickCount=1)

    def press(self, key: str) -> None:
        """Press a key of the keyboard, and let it go."""
        code, text = KEYS[key]
        for what in ("keyDown", "keyUp"):
            typed = {"text": text} if text and what == "keyDown" else {}
            self.ask("Input.dispatchKeyEvent", type=what, key=key, code=key, windowsVirtualKeyCode=code, **typed)

    def wait(self, expression: str, seconds: float = 30):
        """The value of an expression in the page, as soon as it is a true one; an element has none."""
        deadline = time.monotonic() + seconds
        while not (value := self.js(expression)):
            assert time.monotonic() < deadline, f"after {seconds} s there is not: {expression}"
            time.sleep(0.1)
        return value

    def screenshot(self) -> str:
        """The visible part as PNG in base64."""
        return self.ask("Page.captureScreenshot")["data"]

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(20)
        os.close(self._out)
        os.close(self._in)
