# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a tool takes for one operation of an OpenAPI document, and where in its request each argument goes. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._mcp_services.openapi_references import References
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._mcp_services.openapi_schema import Schemas, truth

# What a parameter says of itself where there is no schema, as it was in Swagger 2.0.
_WITHOUT_SCHEMA = ("type", "format", "items", "enum", "default", "minimum", "maximum", "pattern")
_STYLES = {"deepObject", "form", "label", "matrix", "pipeDelimited", "simple", "spaceDelimited"}
_ENCODING = {"contentType": str, "style": str, "explode": bool, "allowReserved": bool}
# Of an object with other keywords the properties alone would not say what it may be.
_OBJECT = {"type", "properties", "required", "title", "description", "examples", "default", "deprecated"} | {
    "additionalProperties", "maxProperties", "minProperties", "readOnly", "unevaluatedProperties", "writeOnly", "anyOf",
}  # fmt: skip


class Input:
    """What is gathered of one operation: the tool's properties, and each one's place in the request."""

    def __init__(self, schemas: Schemas, references: References, where: str):
        self._schemas, self._references, self._where = schemas, references, where
        self.properties: dict[str, Any] = {}
        self.required: list[str] = []
        self.arguments: dict[str, dict[str, str]] = {}
        self.json: list[str] = []
        self.fixed: dict[str, Any] = {}
        self.needed: list[str] = []
        self.parameters: list[dict[str, Any]] = []
        self.body: dict[str, Any] | None = None

    def gathered(self) -> dict[str, Any]:
        """The extension x-mcp of the operation, without its path."""
        schema: dict[str, Any] = {"type": "object", "properties": self.properties}
        if self.required:
            schema["required"] = list(dict.fromkeys(self.required))
        if definitions := self._schemas.definitions(schema):
            schema["$defs"] = definitions
        fields = {"arguments": self.arguments, "json": self.json, "fixed": self.fixed, "needed": self.needed}
        return {"input": schema, **fields}

    def take(self, parameters: list[Mapping[str, Any]], body: Any) -> None:
        """All parameters, and the body; of one name in two places each says its own."""
        fields = self._body(body) if body is not None else {}
        names = Counter(str(parameter["name"]) for parameter in parameters)
        taken = set(names) | set(fields)
        for parameter in parameters:
            name, place = str(parameter["name"]), str(parameter["in"])
            argument, told = name, ""
            if names[name] > 1 or name in fields:
                argument, told = _free(f"{name}__{place}", taken), f"({place.capitalize()} parameter)"
                taken.add(argument)
            self._parameter(parameter, argument, told)
        for field, schema in fields.items():
            self.properties[field] = schema
            self.arguments[field] = {"location": "body", "openapi_name": field}

    def fix(self, query: str) -> None:
        """What the path itself says of the query is sent with each request."""
        for name, value in parse_qsl(query, keep_blank_values=True):
            if value == f"{{{name}}}" and any(_is_query(at, name) for at in self.arguments.values()):
                # It is declared as what it is, and shown in the path once more.
                continue
            if "{" in name + value:
                raise UserError(
                    f"has {self._where}, whose part after ? has a parameter: make it a parameter with in: query",
                    "openapi_invalid",
                )
            for argument in [each for each, at in self.arguments.items() if _is_query(at, name)]:
                self._settle(argument, [*self.fixed.get(argument, []), value])
            if not any(_is_query(at, name) for at in self.arguments.values()):
                argument = _free(name, set(self.arguments))
                self.arguments[argument] = {"location": "query", "openapi_name": name}
                self.fixed[argument] = [value]

    def tell_apart(self) -> bool:
        """Whether required parameters of the query, which each request has, tell it from others of its path."""
        for argument in [name for name in self.required if self.arguments[name]["location"] == "query"]:
            schema = self.properties[argument]
            values = [schema["const"]] if "const" in schema else schema.get("enum", [])
            if len(values) == 1:
                self._settle(argument, values)
            else:
                self.needed.append(argument)
        return bool(self.fixed or self.needed)

    def _settle(self, argument: str, value: list[Any]) -> None:
        self.fixed[argument] = value
        self.properties.pop(argument, None)
        self.required = [name for name in self.required if name != argument]

    def _parameter(self, parameter: Mapping[str, Any], argument: str, told: str) -> None:
        name, place = str(parameter["name"]), str(parameter["in"])
        where = f"the parameter {name} of {self._where}"
        content = parameter.get("content")
        given, shown = parameter.get("schema"), parameter
        if given is None and isinstance(content, Mapping) and content:
            kind, media = _media(content)
            media = self._references.resolved(media, where) if media is not None else {}
            # What is sent is described, and shown, by its content.
            given, shown = media.get("schema"), {**media, **parameter}
            if _is_json(kind):
                self.json.append(argument)
        elif given is None:
            given = {field: parameter[field] for field in _WITHOUT_SCHEMA if field in parameter}
        schema = self._schemas.made(given, where)
        said = parameter.get("description")
        described = [schema.get("description") or (said if isinstance(said, str) else ""), told]
        if any(described):
            schema = {**schema, "description": " ".join(filter(None, described))}
        if "examples" not in schema and (examples := self._examples(shown, where)):
            schema = {**schema, "examples": examples}
        self.properties[argument] = schema
        self.arguments[argument] = {"location": place, "openapi_name": name}
        required = place == "path" or self._required(parameter, where)
        if required:
            self.required.append(argument)
        made = {"name": name, "in": place, "required": required, "schema": {}}
        if parameter.get("style") in _STYLES if isinstance(parameter.get("style"), str) else False:
            made["style"] = parameter["style"]
        if (explode := truth(parameter.get("explode"))) is not None:
            made["explode"] = explode
        self.parameters.append(made)

    @staticmethod
    def _required(given: Mapping[str, Any], where: str) -> bool:
        """Whether it is said to be; a request without what is needed would only be refused by the API."""
        said = given.get("required")
        required = False if said is None else truth(said)
        if required is None:
            raise UserError(f"has {where}, whose required is neither true nor false: correct it", "openapi_invalid")
        return required

    def _examples(self, shown: Mapping[str, Any], where: str) -> list[Any]:
        """What a parameter, or its content, gives as an example: one, or some by their names."""
        if "example" in shown:
            return [shown["example"]]
        named = shown.get("examples")
        each = [value for value in named.values() if isinstance(value, Mapping)] if isinstance(named, Mapping) else []
        told = [self._example(value, where) for value in each]
        return [value["value"] for value in told if "value" in value]

    def _example(self, value: Mapping[str, Any], where: str) -> Mapping[str, Any]:
        """An example where it is; of one that is not in the document the tool needs nothing."""
        try:
            return self._references.resolved(value, where)
        except UserError:
            return {}

    def _body(self, given: Any) -> dict[str, Any]:
        """The arguments that the body is made of: an object's properties, or itself as `body`."""
        where = f"the body of {self._where}"
        body = self._references.resolved(given, where)
        content = body.get("content")
        if not isinstance(content, Mapping) or not content:
            return {}
        kind, media = _media(content)
        media = self._references.resolved(media, where) if media is not None else {}
        schema = self._choice(media.get("schema"), where) or self._schemas.made(media.get("schema"), where)
        if not _is_json(kind) and not _is_form(kind):
            # Only a client knows how to write it: XML, an image, plain text.
            told = schema.get("description") or f"As {kind}."
            schema = {"type": "string", "description": told}
        needed = self._required(body, where)
        if schema.get("properties") == {} and "additionalProperties" not in schema and not needed:
            # Of an object that is described, and empty, there is nothing to send.
            return {}
        properties, required = self._fields(schema)
        if properties is None:
            said = body.get("description")
            if isinstance(said, str) and "description" not in schema:
                schema = {**schema, "description": said}
            self.required += ["body"] if needed else []
            self.body = {"required": needed, "content": {kind: {"schema": {}}}}
            return {"body": schema}
        self.required += [name for name in required if needed]
        # That there are properties is what tells the server to make one object of the arguments.
        said = {"schema": {"type": "object", "properties": {"_": {}}}, "encoding": _encoding(media.get("encoding"))}
        self.body = {"required": needed, "content": {kind: said}}
        return properties

    def _choice(self, given: Any, where: str) -> dict[str, Any] | None:
        """A schema whose discriminator alone says what else it may be, by name or as what has it in its allOf."""
        reference = given.get("$ref") if isinstance(given, Mapping) else None
        given = self._references.resolved(given, where) if isinstance(given, Mapping) else {}
        discriminator = given.get("discriminator")
        if not isinstance(discriminator, Mapping) or "oneOf" in given or "anyOf" in given:
            return None
        mapping = discriminator.get("mapping")
        targets = dict.fromkeys(str(target) for target in mapping.values()) if isinstance(mapping, Mapping) else ()
        named = [target if "/" in target or "#" in target else f"#/components/schemas/{target}" for target in targets]
        if not named and isinstance(reference, str):
            reference = self._references.last(reference, where)[0]
            heirs = self._references.heirs(reference)
            named = [*heirs, reference] if heirs else []
        if not named:
            return None
        return {"anyOf": [self._schemas.made({"$ref": target}, where) for target in named]}

    def _fields(self, schema: Mapping[str, Any]) -> tuple[dict[str, Any] | None, list[str]]:
        """Properties and what of them is required, of an object that they say all of; None for any other."""
        members = self._schemas.members(schema)
        if not all(map(_plain_object, members)):
            return None, []
        properties: dict[str, Any] = {}
        required: list[str] = []
        for member in members:
            for name, inner in member.get("properties", {}).items():
                another = name in properties and properties[name] != inner
                properties[name] = {"allOf": [properties[name], inner]} if another else inner
            required += member.get("required", [])
        needed = [name for name in required if name in properties and properties[name].get("readOnly") is not True]
        return (properties, needed) if properties else (None, [])


def _plain_object(member: Mapping[str, Any]) -> bool:
    types = member.get("type", "object")
    more = member.get("additionalProperties")
    return (
        set(member) <= _OBJECT
        and "object" in ([types] if isinstance(types, str) else types)
        and (not isinstance(more, Mapping) or not more)
        # "One of these two is required": the API itself says so.
        and all(isinstance(each, Mapping) and set(each) <= {"required"} for each in member.get("anyOf", []))
    )


def _media(content: Mapping[str, Any]) -> tuple[str, Any]:
    """The kind of content that is sent: JSON if that can be."""
    kinds = [str(kind) for kind in content]
    chosen = next((kind for kind in kinds if _is_json(kind)), kinds[0])
    # A range of kinds (*/*, application/*+json) is none that a request could say.
    return ("application/json" if "*" in chosen and _is_json(chosen) else chosen), content[chosen]


def _is_json(kind: str) -> bool:
    plain = kind.split(";")[0].strip().lower()
    return plain in ("application/json", "application/*", "*/*") or plain.endswith("+json")


def _is_form(kind: str) -> bool:
    return kind.split(";")[0].strip().lower() in ("application/x-www-form-urlencoded", "multipart/form-data")


def _encoding(given: Any) -> dict[str, Any]:
    """How each part of a form is written, as far as it is said as it can be."""
    if not isinstance(given, Mapping):
        return {}
    return {
        str(name): {field: each[field] for field, kind in _ENCODING.items() if isinstance(each.get(field), kind)}
        for name, each in given.items()
        if isinstance(each, Mapping)
    }


def _is_query(argument: Mapping[str, str], name: str) -> bool:
    return argument == {"location": "query", "openapi_name": name}


def _free(name: str, taken: set[str]) -> str:
    number, made = 2, name
    while made in taken:
        made, number = f"{name}_{number}", number + 1
    return made


def split(path: str) -> tuple[str, str, bool]:
    """What a path says: the path of the request, its query, and whether a fragment tells it from others."""
    # RFC 6570 in the path: {?a,b} are parameters of the query, which are declared as such.
    path = re.sub(r"\{[?&][^}]*\}", "", path)
    before, hash_, _fragment = path.partition("#")
    plain, _question, query = before.partition("?")
    return plain, query, bool(hash_)
