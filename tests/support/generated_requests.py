# SPDX-License-Identifier: GPL-3.0-or-later
"""Bodies as anybody might write them: some as the list wants them, others with anything anywhere."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass

TEXTS = ["", "x", "os", "ä", "\ud83d", "\x00", "type", "model", "line\nline", "9" * 400, "a" * 2_000, "a" * 5_000]
NAMES = [*TEXTS[:9], "name", "text", "\udc00", "mcp_lan_nothing"]
NUMBERS = [0, -1, 1.5, -0.0, 1e300, 10**30, float("inf"), float("nan")]
MODELS = ["m", "group/m:1", "m", "m", "", " ", "a,b", "http://m", "../m", "m?x", "a" * 600]
FILES = [
    "file-1",
    "gs://bucket/a",
    " S3://bucket/a",
    "files/1",
    "https://generativelanguage.googleapis.com/v1beta/files/1",
]
METHODS = ["initialize", "tools/list", "tools/call", "notifications/initialized", "prompts/get", "", 7, None, "ping"]
BOUNDARY = "of-the-test"


@dataclass(frozen=True)
class Request:
    """One request. parts: of a form, as request_oracle has them; None for one that nobody can read."""

    body: str
    content_type: str
    raw: bytes
    parts: list[tuple] | None = None


class Requests:
    """Makes them of the rules, alike for the same seed."""

    def __init__(self, rules: dict, seed: int) -> None:
        self.rules, self.chance = rules, random.Random(seed)

    def __iter__(self) -> Iterator[Request]:
        """Without an end, of each kind of body in turn."""
        while True:
            for name, body in sorted(self.rules["bodies"].items()):
                yield self.form(name) if body["content"] == ["multipart"] else self.json(name)

    def is_odd(self, share: float) -> bool:
        return self.chance.random() < share

    # JSON

    def json(self, name: str) -> Request:
        value = self.object_of(self.rules["bodies"][name])
        kind = self.chance.choice(["application/json", "application/json; charset=utf-8"])
        return Request(name, kind, self.spelled(value))

    def object_of(self, body: dict, odd: float = 0.02) -> dict:
        """odd: how often a place holds anything at all, or a name that is not listed."""
        fields = body["fields"]
        value = self.some_of(fields, odd, 0)
        if "model" in fields:
            value["model"] = self.chance.choice(MODELS) if self.is_odd(0.2) else "m"
        if "methods" in body:
            value["method"] = self.chance.choice(METHODS)
        if body["dropped"] and self.is_odd(0.3):
            value[self.chance.choice(body["dropped"])] = self.anything()
        return value

    def fitting(self, rule, odd: float, depth: int = 0):
        """A value that a rule wants."""
        if self.is_odd(odd) or rule == "any":
            return self.anything(depth)
        if isinstance(rule, str):
            return getattr(self, rule)()
        if "parts" in rule:
            found, name = self.message(), self.chance.choice(list(rule["parts"]))
            tool = {"type": "tool_definition", name: self.fitting(rule["parts"][name], odd, depth + 1)}
            added = {"type": "tool_addition", "tool": tool}
            return [*found, {"role": "system", "content": [added]}] if self.is_odd(0.3) else found
        if "text_or" in rule:
            return self.text() if self.is_odd(0.3) else self.fitting(rule["text_or"], odd, depth)
        if "each" in rule:
            return [self.fitting(rule["each"], odd, depth + 1) for _ in range(self.chance.randrange(4))]
        if "types" in rule:
            kind = self.chance.choice([*rule["types"], *(["untyped"] if "untyped" in rule else [])])
            found = self.fitting(rule["untyped"] if kind == "untyped" else rule["types"][kind], odd, depth)
            if not isinstance(found, dict):
                return found
            found.pop("type", None)
            nothing = {"type": None} if self.is_odd(0.1) else {}
            return nothing | found if kind == "untyped" else {"type": kind, **found}
        return self.some_of(rule["fields"], odd, depth)

    def some_of(self, fields: dict, odd: float, depth: int) -> dict:
        names = self.chance.sample(list(fields), min(len(fields), self.chance.randrange(5)))
        names += [self.chance.choice([*NAMES, "Model", "model "])] if self.is_odd(odd) else []
        return {name: self.fitting(fields.get(name, "any"), odd, depth + 1) for name in names}

    def anything(self, depth: int = 0):
        """A value of JSON, or of what Python takes for it."""
        kind = self.chance.randrange(9 if depth < 5 else 6)
        if kind < 6:
            rarely = self.chance.choice(NUMBERS if self.is_odd(0.1) else NUMBERS[:6])
            return [None, True, rarely, self.text(), "function", self.chance.random()][kind]
        if kind == 6:
            return [self.anything(depth + 1) for _ in range(self.chance.randrange(4))]
        names = self.chance.sample(NAMES, self.chance.randrange(4))
        return {name: self.anything(depth + 1) for name in names}

    def text(self) -> str:
        return self.chance.choice(TEXTS)

    def texts(self):
        return [self.text() for _ in range(self.chance.randrange(4))] if self.is_odd(0.5) else self.text()

    def name(self) -> str:
        return self.chance.choice(["somebody", "jörg@example.org", *TEXTS])

    def number(self):
        return self.chance.choice([0, 1, -1, 0.5, 10**30])

    def message(self):
        kinds = ["text", "file", "input_image", "container_upload", "bash_code_execution_output", None]
        place = self.chance.choice(FILES if self.is_odd(0.2) else ["https://example.org/a.pdf", "data:;base64,", "x"])
        name = self.chance.choice(["text", "url", "fileUri", "file_data", "file_url"])
        part = {"type": self.chance.choice(kinds), name: place}
        if self.is_odd(0.3):
            part |= {"type": "file", "file_id": place}
        inside = self.chance.choice(["content", "file", "source", "images", "fileData", "input"])
        content = self.chance.choice([self.text(), [part], [{"type": "text", inside: part}]])
        return [{"role": "user", "content": content}]

    def embedded(self):
        texts = [self.chance.choice([*FILES, "x"]) + self.chance.choice(["", " ", " x", "?x y"]) for _ in range(2)]
        return self.chance.choice([texts, texts[0], [[1, 2]], [*texts, *self.message()]])

    def boolean(self) -> bool:
        return self.is_odd(0.5)

    def plain(self):
        value = {"ticket": self.text(), "number": 1.5, "flag": True, "nothing": None}
        if self.is_odd(0.2):
            name = self.chance.choice([*self.rules["reserved_metadata"], *NAMES, "a" * 65])
            name = name.replace("*", self.chance.choice(["", "x"]))
            if self.is_odd(0.3):
                name = name.upper()
            value[name] = self.chance.choice(["x", 1, [], {}])
        return value

    def spelled(self, value) -> bytes:
        """Its bytes, written as somebody might."""
        raw = json.dumps(value, ensure_ascii=self.is_odd(0.7), indent=self.chance.choice([None, 1]))
        how = self.chance.randrange(40)
        if how == 0 and value:
            raw = raw[:-1] + "," + raw[1:]  # each name twice
        elif how == 1:
            raw = raw[: self.chance.randrange(len(raw) + 1)]
        elif how == 2:
            raw = self.chance.choice([f"[{raw}]", f"{raw}x", f" \n{raw}\t", json.dumps(raw), f"{raw}{raw}"])
        elif how == 3:
            deep = self.chance.choice([100, 100_000])
            raw = raw[:-1] + ("," if value else "") + '"deep":' + "[" * deep + "]" * deep + "}"
        elif how == 4:
            raw = raw.replace('"text":', '"n\\u0061me":')  # a second name of an object that has one
        encoding = {5: "utf-16", 6: "latin-1", 7: "utf-8-sig"}.get(how, "utf-8")
        return raw.encode(encoding, errors="replace" if encoding != "utf-8" else "surrogatepass")

    # Forms

    def form(self, name: str) -> Request:
        fields = self.rules["bodies"][name]["fields"]
        names = [*self.chance.sample(list(fields), self.chance.randrange(6)), "model"]
        names += [self.chance.choice([*names, "mcp_lan_nothing", "model[]"])] if self.is_odd(0.1) else []
        self.chance.shuffle(names)
        parts = [self.part(each, fields.get(each, "text")) for each in dict.fromkeys(names)]
        if self.is_odd(0.1):
            parts.append(self.part(names[0], fields.get(names[0], "text")))
        written = b"".join(map(self.written, parts)) + f"--{BOUNDARY}--\r\n".encode()
        kind = f"multipart/form-data; boundary={BOUNDARY}"
        if self.is_odd(0.05):
            unreadable = [b"before\r\n" + written, b"", written[:-9]]
            return Request(name, kind, self.chance.choice(unreadable))
        return Request(name, kind, written + self.chance.choice([b"", b"after"]), parts)

    def part(self, name: str, rule) -> tuple:
        if (rule == "file") != self.is_odd(0.02):
            file = self.chance.choice(["a.wav", "", "ä b;.png", "%22.png"])
            return name, file, self.chance.choice([None, "audio/wav", "text/plain; charset=utf-16"]), self.bytes()
        if name == "model":
            content = self.chance.choice(MODELS) if self.is_odd(0.1) else "m"
        elif rule in ("number", "boolean"):
            fits = {"number": ["0", "-1.5", "9" * 18], "boolean": ["true", "False"]}[rule]
            content = self.chance.choice(["", "1e5", "{}", "9" * 19, "yes"] if self.is_odd(0.05) else fits)
        else:
            content = self.text()
        return name, None, None, content.encode(self.chance.choice(["utf-8", "latin-1"]), errors="replace")

    def bytes(self) -> bytes:
        made_up = self.chance.randbytes(999)
        return self.chance.choice([b"", b"RIFF\r\n--x", b"\r\n", b"\n\r", bytes(range(256)), made_up])

    @staticmethod
    def written(part: tuple) -> bytes:
        name, file, kind, content = part
        head = f'--{BOUNDARY}\r\ncontent-disposition: form-data; name="{name}"'
        head += f'; filename="{file}"' if file is not None else ""
        head += f"\r\nContent-Type: {kind}" if kind else ""
        return f"{head}\r\n\r\n".encode() + content + b"\r\n"


def parts_of(raw: bytes, content_type: str) -> list[tuple]:
    """A form as the filter writes it, in the same terms; AssertionError where it is written in any other way."""
    boundary = re.fullmatch(r"multipart/form-data; boundary=([0-9a-f]{32})", content_type)[1].encode()
    assert raw.endswith(b"--" + boundary + b"--\r\n")
    found = []
    for piece in raw.removesuffix(b"--" + boundary + b"--\r\n").split(b"--" + boundary + b"\r\n")[1:]:
        head, _, content = piece.partition(b"\r\n\r\n")
        named = re.fullmatch(
            r'Content-Disposition: form-data; name="([^"\r\n]*)"'
            r'(?:; filename="([^"\r\n]*)"\r\nContent-Type: ([^\r\n]+))?',
            head.decode(),
        )
        assert named and content.endswith(b"\r\n")
        found.append((named[1], named[2], named[3], content.removesuffix(b"\r\n")))
    return found
