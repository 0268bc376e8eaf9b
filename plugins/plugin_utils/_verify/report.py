# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the verification found, as files on the controller: for programs and for a browser."""

from __future__ import annotations

import datetime
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError

TEMPLATES = Path(__file__).resolve().parents[3] / "roles/litellm/templates"


def page(found: Mapping[str, Any], url: str, depth: str) -> str:
    """One page without anything from elsewhere. url: where the clients find the gateway."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, undefined=jinja2.StrictUndefined
    )
    taken = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M")
    return environment.get_template("report.html.j2").render(found=found, url=url, depth=depth, taken=taken)


def write(folder: str, found: Mapping[str, Any], url: str, depth: str) -> None:
    """report.json and report.html in a folder, readable by their owner alone."""
    place = Path(folder).expanduser()
    texts = {
        "report.json": json.dumps(found, indent=4, sort_keys=True, ensure_ascii=False) + "\n",
        "report.html": page(found, url, depth),
    }
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        place.chmod(0o700)
        for name, text in texts.items():
            # Of its own mode from the beginning, and in its place at once.
            made = place / f".{name}.new"
            made.unlink(missing_ok=True)
            with open(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
                file.write(text)
            made.replace(place / name)
    except OSError as error:
        raise UserError(
            f"The report could not be written to {place} ({error.strerror}): correct litellm_verify_report.",
            "report_failed",
        ) from None
