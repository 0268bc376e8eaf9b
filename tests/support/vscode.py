# SPDX-License-Identifier: GPL-3.0-or-later
"""VS Code in a real browser, by npm's code-server: a person's own folder, its palette, and what its window says."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import browser

# A list that was closed stays in the page, hidden.
LIST = "[...document.querySelectorAll('.quick-input-list .monaco-list-row')].filter(row => row.checkVisibility())"
LABELS = f"{LIST}.map(row => row.ariaLabel)"
FOCUSED = f"{LIST}.find(row => row.classList.contains('focused'))?.ariaLabel"
INPUT = "document.querySelector('.quick-input-widget')"
PALETTE = f"{INPUT}?.querySelector('input')?.value == '>'"
DIALOGUE = "document.querySelector('.monaco-dialog-box')"
# The panel's lines are in the page in any order.
OUTPUT = """{
    const top = line => parseFloat(line.style.top);
    const lines = [...document.querySelectorAll('.part.panel .view-line')].sort((a, b) => top(a) - top(b));
    lines.map(line => line.innerText).join('')
}"""
SERVERS = "MCP: List Servers"
ENTRY = "code-server/out/node/entry.js"
OPTIONS = ["--bind-addr=127.0.0.1:0", "--auth=none", "--disable-telemetry", "--disable-update-check"]


class Editor:
    """One window of VS Code with the user's own folder, where the program on a desktop has it too."""

    def __init__(self, home, packages: Path):
        log, folder = home.path / "code-server.log", home.path / ".config/Code"
        started = home.login("node", packages / ENTRY, *OPTIONS, f"--user-data-dir={folder}", node=packages)
        with log.open("w", encoding="utf-8") as output:
            self._server = subprocess.Popen(**started, stdout=output, stderr=output, start_new_session=True)
        try:
            self.page = browser.Page(self._address(log), home.path / "browser")
            # High enough for all that the panel says: it draws the lines alone that can be seen.
            size = {"width": 1600, "height": 1400, "deviceScaleFactor": 1, "mobile": False}
            self.page.ask("Emulation.setDeviceMetricsOverride", **size)
            self.page.wait("!!document.querySelector('.monaco-workbench .statusbar-item')", 120)
        except BaseException:
            self._stop()
            raise

    def _address(self, log: Path) -> str:
        deadline = time.monotonic() + 60
        while True:
            said = log.read_text(encoding="utf-8")
            if found := re.search(r"HTTP server listening on (\S+)", said):
                return found[1]
            assert self._server.poll() is None and time.monotonic() < deadline, said
            time.sleep(0.2)

    def start(self, server: str, seconds: float = 180) -> None:
        """Show an MCP server's output, and start it; once more while nothing comes of it.

        What is asked before VS Code itself has begun is lost.
        """
        self.choose(SERVERS, server, "Show Output")
        self.page.wait("!!document.querySelector('.part.panel .view-lines')")
        deadline = time.monotonic() + seconds
        while True:
            self.choose(SERVERS, server, "Start Server")
            with contextlib.suppress(AssertionError):
                return self.output("Starting server", 20)
            assert time.monotonic() < deadline, f"{server} did not start"

    def choose(self, command: str, *rows: str) -> None:
        """Run a command of the palette, and choose these in the lists that it opens.

        From the beginning where a list does not come: it closes when something else takes the focus, such as a panel
        that has just opened.
        """
        for _ in range(3):
            with contextlib.suppress(AssertionError):
                return self._choose(command, *rows)
        return self._choose(command, *rows)

    def _choose(self, command: str, *rows: str) -> None:
        self.page.press("F1")
        self.page.wait(f"{LIST}.length && {PALETTE}", 15)
        for row in (command, *rows):
            # What is typed filters a list; what comes into it after that is not chosen.
            if row != command:
                self.page.wait(f"{LABELS}.some(label => label.startsWith({json.dumps(row)}))", 15)
            self.page.ask("Input.insertText", text=row)
            chosen = f"{FOCUSED}?.startsWith({json.dumps(row)})"
            self.page.wait(chosen, 15)
            self.page.press("Enter")
            self.page.wait(f"!{chosen}", 15)

    def dialogue(self) -> str:
        """What the dialogue in the window's middle says, once there is one."""
        return self.page.wait(f"{DIALOGUE}?.innerText", 60)

    def cancel_dialogue(self) -> None:
        """Press its Cancel; once more while it stays, because it moves when it opens."""
        cancel = f"[...{DIALOGUE}?.querySelectorAll('.monaco-button') ?? []].find(one => one.innerText == 'Cancel')"
        deadline = time.monotonic() + 30
        while self.page.js(f"{{ {cancel}?.setAttribute('data-pressed', ''); !!{DIALOGUE} }}"):
            assert time.monotonic() < deadline, "the dialogue stays"
            self.page.click("[data-pressed]")
            time.sleep(1)

    def leave_input(self, title: str) -> None:
        """Close the field with this title without an answer, once it is there."""
        shown = f"(box => box?.checkVisibility() && box.innerText.includes({json.dumps(title)}))({INPUT})"
        self.page.wait(shown)
        self.page.press("Escape")
        self.page.wait(f"!{shown}")

    def output(self, until: str, seconds: float = 60) -> str:
        """What the panel's output says once it has these words; its lines are joined again, as it folds them."""
        deadline = time.monotonic() + seconds
        while until not in (said := self.page.js(OUTPUT).replace("\xa0", " ")):
            assert time.monotonic() < deadline, said
            time.sleep(0.2)
        return said

    def close(self) -> None:
        self.page.close()
        self._stop()

    def _stop(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._server.pid, signal.SIGTERM)
        self._server.wait(30)
