# Reads a JSON body once, strictly, and judges it by the list.
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is let through means the same to every JSON reader: UTF-8, one value a name, finite numbers, whole characters.

Pure, and without LiteLLM: worker.py runs it in a process of its own for large bodies. jiter is there with OpenAI's SDK.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Mapping
from types import MappingProxyType

import jiter

from mcp_lan_filter.refusal import Refusal

SCALARS = (str, int, float, bool)
# How a character beyond the first 65,536 is escaped, in two halves; one of them may stand there alone.
HALF_CHARACTERS = (b"\\ud", b"\\uD")
HALF = re.compile("[\ud800-\udfff]")
# What PostgreSQL stores in no text: LiteLLM 1.77.3 loses every row of its spend log that is written with such a one.
ZERO, ESCAPED_ZERO, REPLACEMENT = "\0", b"\\u0000", "\ufffd"
# LiteLLM keeps names in indexed columns, and PostgreSQL indexes no more than 2,704 bytes. OpenAI's API has 512 as well
# for what metadata says.
LONGEST_NAME = 512
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
# What is asked of a request after its body was judged: JSON-RPC's method, the response that it goes on from, the model.
ASKED_LATER = ("method", "previous_response_id", "model")
LONGEST_ASKED_LATER = 4_096
# What uses prompts and resources: the part of a policy that it is of, and how it is said.
READS = {"prompts/get": ("prompts", "get the prompt"), "resources/read": ("resources", "read the resource")}
SUBJECTS = {"prompts": "name", "resources": "uri"}
# LiteLLM takes a list of names apart, 1.77.3 an address in a name for where to ask, and names stand in addresses.
ODD_MODEL = re.compile(r",|://|(^|/)\.\.?(/|$)|[?#\\]")
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
TOO_DEEP = "The body of this request is nested too deeply."
# The fields of a message that have its parts in them, and those that say where a file is.
PARTS = frozenset(
    "content output parts source file images image_url fileData file_data functionResponse function_response "
    "tool tool_changes video".split()
)
PLACES = frozenset("file_id fileUri file_uri file_url image_url url file_data gcsUri gcs_uri".split())
# Where a provider keeps files, and what LiteLLM takes in the place of a file's id.
AT_PROVIDER = re.compile(r"\s*(gs://|s3://|https?://[^/?#]*generativelanguage\.googleapis\.com|files/)", re.IGNORECASE)
ELSEWHERE = re.compile(r"https://|data:", re.IGNORECASE)
ADDRESS = re.compile(r"https?://|data:", re.IGNORECASE)
# A text to be embedded that is such a name and nothing else. A longer one that only begins so is a text, unless it
# could lead elsewhere as an address.
NAME_AT_PROVIDER = re.compile(AT_PROVIDER.pattern + r"(\S*\s*$|.*(\.\.|[?#]))", re.IGNORECASE | re.DOTALL)
# What brings a file by its id; others, such as the output of code that the provider ran, only tell of one.
BRINGS = (None, "file", "input_file", "input_image", "computer_screenshot", "container_upload")
METADATA_NAME = re.compile(r"[A-Za-z0-9_.:-]{1,64}")


def _once(pairs):
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        name = _shown(next(name for name, _value in pairs if name in seen or seen.add(name)))
        raise Refusal(400, f"The body of this request has the field '{name}' twice; send it once.", name)
    return found


def _constant(word):
    raise ValueError(f"{word} is not a number of JSON")


def _finite(digits):
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("it has a number that is too large")
    return number


def parse(raw: bytes) -> tuple[dict, bool]:
    """The object, and whether its bytes have to be written anew to mean the same to everybody."""
    try:
        value, again = jiter.from_json(raw, allow_inf_nan=False, catch_duplicate_keys=True), False
    except ValueError:
        value, again = _mended(raw)
    if not isinstance(value, dict):
        raise Refusal(400, "The body of this request is not a JSON object.")
    if again or ESCAPED_ZERO in raw:
        try:
            return whole(value)
        except RecursionError:
            raise Refusal(400, TOO_DEEP) from None
    return value, False


def whole(value):
    """The value with other characters in the place of zeros and of half ones, and whether there were any."""
    if isinstance(value, str):
        text = HALF.sub("?", value.replace(ZERO, REPLACEMENT))
        return text, text != value
    if isinstance(value, list):
        items = [whole(one) for one in value]
        return [one for one, _changed in items], any(changed for _one, changed in items)
    if isinstance(value, dict):
        pairs = [(*whole(name), *whole(one)) for name, one in value.items()]
        found = _once([(name, one) for name, _in_name, one, _in_one in pairs])
        return found, any(in_name or in_one for _name, in_name, _one, in_one in pairs)
    return value, False


def _mended(raw: bytes) -> tuple[object, bool]:
    """As parse, for what the strict parser does not take: half a character is mended, the rest is said."""
    try:
        text = raw.decode()
        value = json.loads(text, object_pairs_hook=_once, parse_float=_finite, parse_constant=_constant)
    except UnicodeDecodeError:
        raise Refusal(400, "The body of this request is not UTF-8; send JSON in UTF-8.") from None
    except RecursionError:
        raise Refusal(400, TOO_DEEP) from None
    except ValueError as error:
        raise Refusal(400, f"The body of this request is not JSON: {str(error)[:120].rstrip('.')}.") from None
    return value, any(half in raw for half in HALF_CHARACTERS)


def written(value: dict) -> bytes:
    """The object as bytes that every reader reads alike."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def as_listed(value, rule):
    """The value with the list's own names where it has them in lowerCamelCase and they came with underscores."""
    if isinstance(rule, dict) and "each" in rule and isinstance(value, list):
        return [as_listed(one, rule["each"]) for one in value]
    if not (isinstance(rule, dict) and "fields" in rule and isinstance(value, dict)):
        return value
    fields = rule["fields"]
    pairs = [(name if (camel := _camel(name)) not in fields else camel, one) for name, one in value.items()]
    return _once([(name, as_listed(one, fields.get(name))) for name, one in pairs])


def _camel(name: str) -> str:
    return re.sub("_([a-z])", lambda letter: letter[1].upper(), name)


def is_at_provider(part: dict, name: str) -> bool:
    """Whether this field of a message's part names a file that lies in the gateway's own account at the provider."""
    place = part[name]
    if not isinstance(place, str):
        return False
    by_id = name == "file_id" and part.get("type") in BRINGS and not ELSEWHERE.match(place)
    # LiteLLM takes the one for the other.
    by_id = by_id or (name == "file_url" and bool(place) and not ADDRESS.match(place))
    return by_id or bool(AT_PROVIDER.match(place))


def check_model(model) -> None:
    """Refusal where a request names no model, or what is none: LiteLLM would ask nobody whether the key may use it."""
    if not isinstance(model, str) or not model.strip() or ODD_MODEL.search(model) or not is_name(model):
        raise Refusal(400, "This request names no model.", "model")


def is_name(value) -> bool:
    """Whether it is a text that can be the name of something."""
    return isinstance(value, str) and len(value) <= LONGEST_NAME and not CONTROL.search(value)


def identity_of(value: dict) -> str | int | None:
    """The id of a JSON-RPC request."""
    return value.get("id") if isinstance(value.get("id"), (str, int)) else None


def asked_later(value: dict) -> dict:
    """Those of ASKED_LATER that the object has; C(subject) and C(id) of what reads a prompt or a resource as well."""
    found = {name: value[name] for name in ASKED_LATER if isinstance(value.get(name), str)}
    for name, given in found.items():
        if len(given) > LONGEST_ASKED_LATER:
            raise Refusal(400, f"The field '{name}' of this request is too long.", name)
    if found.get("method") in READS:
        field, params = SUBJECTS[READS[found["method"]][0]], value.get("params")
        subject = params.get(field) if isinstance(params, dict) else None
        if not isinstance(subject, str) or not subject or len(subject) > LONGEST_ASKED_LATER or CONTROL.search(subject):
            raise Refusal(
                200, f"The {field} in 'params' of this request is none.", "params", (identity_of(value), INVALID_PARAMS)
            )
        found |= {"subject": subject, "id": identity_of(value)}
    return found


def _shown(name) -> str:
    return re.sub(r"[^ -~]", "?", str(name))[:80]


class Judge:
    """Holds bodies to the list; rules: the list as requests.json has it."""

    def __init__(self, rules: dict) -> None:
        self.bodies = rules["bodies"]
        self.reserved = Names(rules["reserved_metadata"])

    def body(self, name: str, raw: bytes) -> tuple[bytes, dict]:
        """What is to be sent on for these bytes, and the object that they are; Refusal where it is not listed."""
        value, again = parse(raw)
        if self.bodies[name].get("underscores"):
            value, given = as_listed(value, self.bodies[name]), value
            again = again or value != given
        self._hold_method(name, value)
        kept = self.fields(name, value)
        if again or len(kept) != len(value):
            return written(kept), kept
        return raw, kept

    def fields(self, name: str, value: dict) -> dict:
        """The fields that are let through of an object or a form."""
        body = self.bodies[name]
        allowed, dropped = body["fields"], body.get("dropped") or {}
        kept = {}
        for field, given in value.items():
            if field in dropped:
                continue
            if field not in allowed:
                raise _unlisted(field)
            self._hold(given, allowed[field], field)
            kept[field] = given
        if allowed.get("model") == "text":
            check_model(kept.get("model"))
        return kept

    def _hold_method(self, name: str, value: dict) -> None:
        """Refusal, as the protocol has it, for a method of JSON-RPC that is not listed."""
        methods, method = self.bodies[name].get("methods"), value.get("method")
        if methods is None or method is None:
            return
        identity = identity_of(value)
        if method not in methods and not (isinstance(method, str) and method.startswith("notifications/")):
            raise Refusal(200, f"Method not found: {_shown(method)}", "method", (identity, METHOD_NOT_FOUND))
        params = value.get("params")
        if isinstance(params, dict) and "name" in params and not is_name(params["name"]):
            raise Refusal(200, "The name in 'params' of this request is none.", "params", (identity, INVALID_PARAMS))

    def _hold(self, value, rule, where: str) -> None:
        if rule == "any" or value is None:
            return
        if isinstance(rule, dict):
            self._hold_structure(value, rule, where)
        elif rule == "plain":
            self._hold_plain(value, where)
        elif rule in ("message", "embedded"):
            self._hold_message(value, where, rule == "embedded")
        elif not _is(value, rule):
            raise Refusal(400, f"The field '{where}' of this request is not {KINDS[rule]}.", where)

    def _hold_structure(self, value, rule: dict, where: str) -> None:
        if "parts" in rule:
            self._hold_message(value, where, False, rule["parts"])
        elif "text_or" in rule:
            if not isinstance(value, str):
                self._hold(value, rule["text_or"], where)
        elif "each" in rule:
            if not isinstance(value, list):
                raise Refusal(400, f"The field '{where}' of this request is not a list.", where)
            for number, one in enumerate(value):
                if one is None:
                    raise Refusal(400, f"'{where}[{number}]' of this request is null.", where)
                self._hold(one, rule["each"], f"{where}[{number}]")
        elif not isinstance(value, dict):
            raise Refusal(400, f"The field '{where}' of this request is not an object.", where)
        elif "fields" in rule:
            for name, one in value.items():
                if name not in rule["fields"]:
                    raise _unlisted(f"{where}.{name}")
                self._hold(one, rule["fields"][name], f"{where}.{name}")
        else:
            self._hold(value, _by_type(value, rule, where), where)

    def _hold_message(self, value, where: str, texts: bool, held: Mapping = MappingProxyType({})) -> None:
        """Refusal for a file that the provider keeps: every key would read it there. texts: also for one by itself.

        held: the rules of what else a part may have.
        """
        parts = [(value, where)]
        while parts:
            one, place = parts.pop()
            if isinstance(one, list):
                parts += [(inner, f"{place}[{number}]") for number, inner in enumerate(one)]
            elif texts and isinstance(one, str) and NAME_AT_PROVIDER.match(one):
                raise _kept(place)
            elif isinstance(one, dict):
                for name in one:
                    if name in PLACES and is_at_provider(one, name):
                        raise _kept(place)
                    if name in held:
                        self._hold(one[name], held[name], f"{place}.{name}")
                    if name in PARTS:
                        parts.append((one[name], f"{place}.{name}"))

    def form_field(self, name: str, field: str, value: str | None) -> None:
        """Refusal for a field of a form that is not listed or not what it has to be. value: None for a file."""
        rule = self.bodies[name]["fields"].get(field)
        if rule is None:
            raise _unlisted(field)
        if (rule == "file") != (value is None):
            what = "a file" if rule == "file" else "a text, not a file"
            raise Refusal(400, f"The field '{_shown(field)}' of this request has to be {what}.", field)
        if rule == "name" and not is_name(value):
            raise Refusal(400, f"The field '{_shown(field)}' of this request is not {KINDS[rule]}.", field)
        if rule in ("number", "boolean") and not FORM_VALUES[rule].fullmatch(value):
            raise Refusal(400, f"The field '{_shown(field)}' of this request is not {KINDS[rule]}.", field)

    def _hold_plain(self, value, where: str) -> None:
        if not isinstance(value, dict):
            raise Refusal(400, f"The field '{where}' of this request is not an object.", where)
        for name, one in value.items():
            if self.reserved.have(name):
                raise Refusal(
                    400, f"'{_shown(name)}' in '{where}' of this request is LiteLLM's own and not let through.", where
                )
            if not METADATA_NAME.fullmatch(name) or not (one is None or isinstance(one, SCALARS)):
                raise Refusal(
                    400,
                    f"'{where}' of this request holds more than names with texts or numbers: '{_shown(name)}'.",
                    where,
                )
            if not (_is(one, "number") or isinstance(one, bool) or one is None or is_name(one)):
                raise Refusal(
                    400,
                    f"'{_shown(name)}' in '{where}' of this request is too long, or no plain text or number.",
                    where,
                )


FORM_VALUES = {
    "number": re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?([eE][-+]?[0-9]{1,2})?"),
    "boolean": re.compile(r"true|false", re.IGNORECASE),
}
KINDS = {
    "text": "a text",
    "name": f"a text of at most {LONGEST_NAME} characters without control characters",
    "texts": "a text or a list of texts",
    "number": "a number",
    "boolean": "true or false",
    "file": "a file",
}
NOT_LISTED = "which is not on the list of what this gateway lets through"


def _by_type(value: dict, rule: dict, where: str):
    """The rule for an object whose C(type) says what it is."""
    kind = value.get("type")
    if kind is None and "untyped" in rule:
        return rule["untyped"]
    if kind is None:
        raise Refusal(400, f"'{where}' of this request has no type, which says what it is.", where)
    if not isinstance(kind, str) or kind not in rule["types"]:
        raise Refusal(400, f"'{where}' of this request is of the type '{_shown(kind)}', {NOT_LISTED}.", where)
    return rule["types"][kind]


def _is(value, kind: str) -> bool:
    if kind == "text":
        return isinstance(value, str)
    if kind == "name":
        return is_name(value)
    if kind == "texts":
        return isinstance(value, str) or (isinstance(value, list) and all(isinstance(one, str) for one in value))
    if kind == "number":
        # A whole number may be larger than a float can be, as which some read it.
        return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= sys.float_info.max
    return isinstance(value, bool) if kind == "boolean" else False


def _kept(place: str) -> Refusal:
    return Refusal(400, f"'{place}' of this request names a file that the provider keeps; send the file itself.", place)


def _unlisted(field: str) -> Refusal:
    shown = _shown(field)
    return Refusal(
        400,
        f"The field '{shown}' is not on the list of what this gateway lets through; leave it out, or ask whoever runs "
        "the gateway.",
        shown,
    )


class Names:
    """A set of names; one that ends with C(*) is a prefix."""

    def __init__(self, names) -> None:
        self.exact = {name.lower() for name in names if not name.endswith("*")}
        self.prefixes = tuple(name[:-1].lower() for name in names if name.endswith("*"))

    def have(self, name: str) -> bool:
        lower = name.lower()
        return lower in self.exact or lower.startswith(self.prefixes)
