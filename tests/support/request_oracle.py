# SPDX-License-Identifier: GPL-3.0-or-later
"""What the list says of a body, read from its data alone and with nothing of the filter's code.

A fault is a status and words that the refusal has to hold; what has no fault goes on as the content that is said here.
There is one function for each rule.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

LONGEST = 512
LONGEST_ASKED_LATER = 4_096
HALF = re.compile("[\ud800-\udfff]")
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
IN_METADATA = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
IN_FORMS = {
    "number": re.compile(r"-?\d{1,18}(\.\d{1,18})?([eE][-+]?\d\d?)?", re.ASCII),
    "boolean": re.compile("true|false", re.I),
}

WITH_PLACES = {"file_id", "fileUri", "file_uri", "file_url", "image_url", "url", "file_data", "gcsUri", "gcs_uri"}
WITH_PARTS = {"content", "output", "parts", "source", "file", "image_url", "fileData", "file_data"}
WITH_PARTS |= {"images", "tool", "tool_changes", "video", "functionResponse", "function_response"}

Fault = tuple[int, str]


@dataclass
class Verdict:
    """faults: any of which may be what the refusal says; content: what goes on where there is none."""

    faults: set[Fault] = field(default_factory=set)
    content: object = None
    unchanged: bool = False
    """Whether it goes on in the bytes in which it came."""


def shown(name: str) -> str:
    """A name as sentences have it."""
    return re.sub(r"[^ -~]", "?", str(name))[:80]


def same(value) -> str:
    """A text that is the same for the same JSON, which Python's == is not: 1, 1.0 and True are equal."""
    return json.dumps(value, sort_keys=True)


def mended(value):
    """The value with whole characters only."""
    if isinstance(value, str):
        return HALF.sub("?", value).replace("\0", "\ufffd")
    if isinstance(value, list):
        return [mended(one) for one in value]
    if isinstance(value, dict):
        return {mended(name): mended(one) for name, one in value.items()}
    return value


def loses_names(value) -> bool:
    """Whether two of an object's names are the same one when they are mended."""
    if isinstance(value, list):
        return any(map(loses_names, value))
    if not isinstance(value, dict):
        return False
    return len({mended(name) for name in value}) < len(value) or any(map(loses_names, value.values()))


def read(raw: bytes) -> tuple[object, set[Fault]]:
    """The value that the bytes mean to every reader of JSON, and what is wrong with them."""
    faults: set[Fault] = set()

    def once(pairs):
        names = [name for name, _value in pairs]
        faults.update((400, f"'{shown(name)}' twice") for name in names if names.count(name) > 1)
        return dict(pairs)

    def finite(digits):
        if math.isinf(float(digits)):
            faults.add((400, "a number that is too large"))
        return float(digits)

    def constant(word):
        raise ValueError(word)

    try:
        value = json.loads(raw.decode(), object_pairs_hook=once, parse_float=finite, parse_constant=constant)
    except UnicodeDecodeError:
        return None, {(400, "is not UTF-8")}
    except RecursionError:
        return None, {*faults, (400, "is nested too deeply")}
    except ValueError:
        return None, {*faults, (400, "is not JSON")}
    if not isinstance(value, dict):
        faults.add((400, "is not a JSON object"))
    return value, faults


def texts_in(value, where: str) -> Iterator[tuple[str, str]]:
    """The texts of what is to be embedded, and where they stand."""
    if isinstance(value, str):
        yield value, where
    for number, one in enumerate(value if isinstance(value, list) else ()):
        yield from texts_in(one, f"{where}[{number}]")
    for name in WITH_PARTS & {*(value if isinstance(value, dict) else ())}:
        yield from texts_in(value[name], f"{where}.{name}")


class Oracle:
    """Asked about bodies; rules: the list as requests.json has it. responses: the ids that the key may go on from."""

    def __init__(self, rules: dict, responses=()) -> None:
        self.bodies, self.reserved, self.responses = rules["bodies"], rules["reserved_metadata"], responses

    def json(self, name: str, raw: bytes, model: str | None = None) -> Verdict:
        """model: the one of the path, where the API names it there."""
        value, faults = read(raw)
        if not isinstance(value, dict):
            return Verdict(faults)
        body = self.bodies[name]
        kept = {each: given for each, given in value.items() if each not in body["dropped"]}
        content = mended(kept)
        faults |= {*self.fields(content, body["fields"], ""), *self.method(body, content), *self.asked_later(content)}
        faults |= {(400, "twice")} if loses_names(value) else set()
        if body["fields"].get("model") == "text":
            faults |= set(self.names_model(content.get("model")))
        unchanged = same(content) == same(value)
        return Verdict(faults, content if model is None else {"model": model, **content}, unchanged)

    def form(self, name: str, parts: list[tuple] | None) -> Verdict:
        """parts: (name, file's name or None, its type or None, content); None where the form cannot be read."""
        if parts is None:
            return Verdict({(400, "The form of this request cannot be read"), (400, "names no model")})
        body, faults, seen, kept = self.bodies[name], set(), set(), []
        for each, file, kind, content in parts:
            if each in body["dropped"]:
                continue
            faults |= set(self.part(body["fields"].get(each), each, file, content))
            if each in seen and not each.endswith("[]"):
                faults.add((400, f"'{each}' twice"))
            seen.add(each)
            if file is None:
                kept.append((each, None, None, self.decoded(content).encode()))
            else:
                kept.append((each, file or "file", kind or "application/octet-stream", content))
        texts = [self.decoded(content) for each, file, _kind, content in parts if each == "model" and file is None]
        return Verdict(faults | set(self.names_model(texts[0] if texts else None)), kept)

    @staticmethod
    def decoded(content: bytes) -> str:
        """A text of a form, as LiteLLM reads it."""
        try:
            return mended(content.decode())
        except UnicodeDecodeError:
            return mended(content.decode("latin-1"))

    # What holds for whole bodies

    def part(self, rule, where: str, file: str | None, content: bytes) -> Iterator[Fault]:
        fits = (rule == "file") == (file is not None)
        if fits and rule in IN_FORMS:
            fits = IN_FORMS[rule].fullmatch(self.decoded(content))
        if rule is None or not fits:
            yield 400, f"'{shown(where)}'"
        elif rule == "name":
            yield from self.name(self.decoded(content), where)

    def method(self, body: dict, value: dict) -> Iterator[Fault]:
        """JSON-RPC answers a method that is not there in its own way, with status 200; a name that is none, too."""
        method, params = value.get("method"), value.get("params")
        if "methods" not in body or method is None:
            return
        known = method in body["methods"] or (isinstance(method, str) and method.startswith("notifications/"))
        if not known:
            yield 200, f"Method not found: {shown(method)}"
        if isinstance(params, dict) and "name" in params and any(self.name(params["name"], "")):
            yield 200, "The name in 'params'"

    def asked_later(self, value: dict) -> Iterator[Fault]:
        for name in ("method", "previous_response_id"):
            if isinstance(value.get(name), str) and len(value[name]) > LONGEST_ASKED_LATER:
                yield 400, f"'{name}'"
        previous = value.get("previous_response_id")
        if isinstance(previous, str) and previous and previous not in self.responses:
            yield 404, "no such response"

    @staticmethod
    def names_model(model) -> Iterator[Fault]:
        if (
            (
                not isinstance(model, str)
                or not model.strip()
                or any(odd in model for odd in (",", "://", "?", "#", "\\"))
                or {".", ".."} & set(model.split("/"))
            )
            or len(model) > LONGEST
            or CONTROL.search(model)
        ):
            yield 400, "names no model"

    # One function for each rule

    def faults(self, value, rule, where: str) -> Iterator[Fault]:
        """What is wrong with a value. where: its place, as sentences say it."""
        if value is None:
            return
        if isinstance(rule, dict):
            kind = next(kind for kind in ("fields", "parts", "each", "text_or", "types") if kind in rule)
            rule = rule if kind == "types" else rule[kind]
        else:
            kind = rule
        yield from getattr(self, kind)(value, *([rule] if kind != rule else []), where)

    def any(self, value, where: str) -> Iterator[Fault]:
        yield from ()

    def text(self, value, where: str) -> Iterator[Fault]:
        if not isinstance(value, str):
            yield 400, f"'{where}'"

    def name(self, value, where: str) -> Iterator[Fault]:
        if not isinstance(value, str) or len(value) > LONGEST or CONTROL.search(value):
            yield 400, f"'{where}'"

    def message(self, value, where: str) -> Iterator[Fault]:
        if isinstance(value, list):
            for number, one in enumerate(value):
                yield from self.message(one, f"{where}[{number}]")
        elif isinstance(value, dict):
            for name, one in value.items():
                if isinstance(one, str) and self.names_a_file(name, one, value.get("type")):
                    yield 400, f"'{where}' of this request names a file that the provider keeps"
                if name in WITH_PARTS:
                    yield from self.message(one, f"{where}.{name}")

    def parts(self, value, held: dict, where: str) -> Iterator[Fault]:
        yield from self.message(value, where)
        yield from self.beside(value, held, where)

    def beside(self, value, held: dict, where: str) -> Iterator[Fault]:
        """What else the parts of a message hold."""
        for number, one in enumerate(value if isinstance(value, list) else ()):
            yield from self.beside(one, held, f"{where}[{number}]")
        for name, one in value.items() if isinstance(value, dict) else ():
            if name in held:
                yield from self.faults(one, held[name], f"{where}.{name}")
            if name in WITH_PARTS:
                yield from self.beside(one, held, f"{where}.{name}")

    def embedded(self, value, where: str) -> Iterator[Fault]:
        yield from self.message(value, where)
        for text, place in texts_in(value, where):
            alone = len(text.split()) == 1 or any(odd in text for odd in ("..", "?", "#"))
            if alone and self.names_a_file("url", text, None):
                yield 400, f"'{place}' of this request names a file that the provider keeps"

    @staticmethod
    def names_a_file(name: str, place: str, kind: str | None) -> bool:
        raw, place = place, place.lstrip().lower()
        if name == "file_url" and place and not raw.lower().startswith(("https://", "http://", "data:")):
            return True
        scheme, _, rest = place.partition("://")
        google = scheme in ("http", "https") and "generativelanguage.googleapis.com" in re.split("[/?#]", rest)[0]
        if name in WITH_PLACES and (google or place.startswith(("gs://", "s3://", "files/"))):
            return True
        brings = kind in (None, "file", "input_file", "input_image", "computer_screenshot", "container_upload")
        return name == "file_id" and brings and not place.startswith(("https://", "data:"))

    def number(self, value, where: str) -> Iterator[Fault]:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            yield 400, f"'{where}'"

    def boolean(self, value, where: str) -> Iterator[Fault]:
        if not isinstance(value, bool):
            yield 400, f"'{where}'"

    def texts(self, value, where: str) -> Iterator[Fault]:
        if not (isinstance(value, str) or (isinstance(value, list) and all(isinstance(one, str) for one in value))):
            yield 400, f"'{where}'"

    def plain(self, value, where: str) -> Iterator[Fault]:
        if not isinstance(value, dict):
            yield 400, f"'{where}'"
            return
        for name, one in value.items():
            if any(fnmatchcase(name.lower(), pattern.lower()) for pattern in self.reserved):
                yield 400, f"'{shown(name)}' in '{where}'"
            if not IN_METADATA.fullmatch(name) or not (one is None or isinstance(one, (str, int, float))):
                yield 400, f"'{where}' of this request holds more than names with texts or numbers: '{shown(name)}'"
            elif isinstance(one, str) and (len(one) > LONGEST or CONTROL.search(one)):
                yield 400, f"'{where}'"

    def fields(self, value, listed: dict, where: str) -> Iterator[Fault]:
        if not isinstance(value, dict):
            yield 400, f"'{where}'"
            return
        for name, one in value.items():
            place = f"{where}.{name}" if where else name
            if name in listed:
                yield from self.faults(one, listed[name], place)
            else:
                yield 400, f"'{shown(place)}' is not on the list"

    def each(self, value, rule, where: str) -> Iterator[Fault]:
        if not isinstance(value, list):
            yield 400, f"'{where}'"
            return
        for number, one in enumerate(value):
            place = f"{where}[{number}]"
            if one is None:
                yield 400, f"'{place}'"
            yield from self.faults(one, rule, place)

    def text_or(self, value, rule, where: str) -> Iterator[Fault]:
        if not isinstance(value, str):
            yield from self.faults(value, rule, where)

    def types(self, value, rule: dict, where: str) -> Iterator[Fault]:
        if not isinstance(value, dict):
            yield 400, f"'{where}'"
        elif value.get("type") is None and "untyped" in rule:
            yield from self.faults(value, rule["untyped"], where)
        elif isinstance(value.get("type"), str) and value["type"] in rule["types"]:
            yield from self.faults(value, rule["types"][value["type"]], where)
        elif value.get("type") is None:
            yield 400, f"'{where}' of this request has no type"
        else:
            yield 400, f"'{where}' of this request is of the type '{shown(value['type'])}'"
