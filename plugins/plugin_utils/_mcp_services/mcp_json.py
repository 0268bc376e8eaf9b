# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a file that client programs and registries use for MCP servers to entries of the inventory.

There is C(mcpServers) (Claude Desktop, Claude Code, Cursor and most others; Claude Code has more of them below
C(projects)), C(servers) (VS Code), C(mcp) (opencode), C(context_servers) (Zed), and what registries give out: one
C(server.json), or a list of them. A server behind npm's C(mcp-remote) is taken for what it is, one at a URL. What looks
like a secret is never taken over from the file.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.module_utils.secret_words import looks_secret, without_secrets
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._edit import json_edit
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._edit.text import RefusedEdit, decode
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._mcp_services.catalogue import unreachable

_TRANSPORTS = {
    "http": "http",
    "streamable-http": "http",
    "streamablehttp": "http",
    "streamable_http": "http",
    "remote": "http",
    "sse": "sse",
    "stdio": "stdio",
    "local": "stdio",
}
# Fields of a client's own behaviour, which mean nothing to a gateway; all others are refused.
_OF_THE_CLIENT = frozenset(
    "alwaysAllow autoApprove description disabledTools displayName enabled gallery icon id name oauth readOnly timeout "
    "trust version".split()
)
_KNOWN = frozenset("args command disabled env headers httpUrl serverUrl transport type url".split()) | _OF_THE_CLIENT
_VARIABLE = re.compile(r"\$\{[^}]*\}|\{env:[^}]*\}|%[A-Za-z_]\w*%|\$[A-Za-z_]\w*")
_RUNNERS = {"npm": "npx", "pypi": "uvx"}
# npm takes anything less than three numbers for a range, PyPI only what says so.
_VERSIONS = {
    "npm": re.compile(r"\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]+)?"),
    "pypi": re.compile(r"\d[0-9A-Za-z.+!_-]*"),
}
_REMOTE = re.compile(r"mcp-remote(@[\w.-]+)?")
_PACKAGE = re.compile(r"(@[a-z0-9._-]+/)?[A-Za-z0-9][A-Za-z0-9._-]*")

Secrets = Mapping[str, Mapping[str, Any]]


def servers(document: Any) -> dict[str, dict[str, Any]]:
    """The servers of a file by their names, each as C(mcpServers) would have it; those that are disabled are not."""
    whole = _parsed(document)
    listed = _of_projects(whole, _listed(whole))
    if listed is None:
        if not ("remotes" in whole or "packages" in whole or isinstance(whole.get("server"), Mapping)):
            raise UserError(
                "there are no MCP servers in it: it has neither mcpServers, servers, mcp nor context_servers, and is "
                "no server.json of a registry.",
                "mcp_json_invalid",
            )
        listed = dict([_of_registry(whole)])
    wrong = [
        f"MCP server {name!r}: it is not an object." for name, one in listed.items() if not isinstance(one, Mapping)
    ]
    if wrong:
        raise UserError("\n".join(wrong), "mcp_json_invalid")
    return {
        name: _in_usual_words(one)
        for name, one in listed.items()
        if not one.get("disabled") and one.get("enabled") is not False
    }


def _listed(whole: Mapping[str, Any]) -> dict[str, Any] | None:
    for place in (("mcpServers",), ("servers",), ("mcp", "servers"), ("mcp",), ("context_servers",)):
        found = whole
        for name in place:
            found = found.get(name) if isinstance(found, Mapping) else None
        if isinstance(found, Mapping):
            return {str(name): one for name, one in found.items()}
        if isinstance(found, list):
            return dict(_of_registry(one) for one in found)
    return None


def _in_usual_words(entry: Mapping[str, Any]) -> dict[str, Any]:
    """An entry as C(mcpServers) has it: opencode says C(environment), Zed has said C(command) as an object."""
    one = {name: value for name, value in entry.items() if name != "source"}
    if "environment" in one:
        one.setdefault("env", one.pop("environment"))
    if isinstance(one.get("command"), Mapping):
        command = one.pop("command")
        one |= {"command": command.get("path"), "args": command.get("args"), "env": command.get("env")}
    return _behind_mcp_remote(one) or one


def _behind_mcp_remote(entry: Mapping[str, Any]) -> dict[str, Any] | None:
    """What an entry reaches by npm's C(mcp-remote), which makes of a URL a program; None if it is another one.

    Its arguments are a URL, perhaps a port, and options (npm mcp-remote 0.1.38, README.md).
    """
    command, args = entry.get("command"), entry.get("args") or []
    words = [*(command if isinstance(command, list) else [command]), *(args if isinstance(args, list) else [])]
    words = words[2:] if [str(word).lower() for word in words[:2]] == ["cmd", "/c"] else words
    words = [str(word) for word in words if str(word) not in ("-y", "--yes", "--allow-http", "--debug")]
    if len(words) < 3 or _program(words[0]) not in ("npx", "bunx") or not _REMOTE.fullmatch(words[1]):
        return None
    url, transport, headers = "", "", {}
    rest = iter(words[2:])
    for word in rest:
        if word == "--header":
            name, _colon, value = next(rest, "").partition(":")
            headers[name.strip()] = _filled(value.strip(), entry.get("env"))
        elif word == "--transport":
            transport = next(rest, "")
        elif word.startswith(("http://", "https://")) and not url:
            url = word
        elif not word.isdecimal():
            return None
    if not url:
        return None
    sse = transport.startswith("sse") or (not transport and url.partition("?")[0].rstrip("/").endswith("/sse"))
    return {"type": "sse" if sse else "http", "url": url, "headers": headers}


def _filled(text: str, env: Any) -> str:
    """With the entry's own variables in their places, which the program would be started with."""
    known = env if isinstance(env, Mapping) else {}
    return re.sub(r"\$\{(\w+)\}", lambda found: str(known.get(found[1], found[0])), text)


def _of_projects(whole: Mapping[str, Any], listed: dict[str, Any] | None) -> dict[str, Any] | None:
    """With those of Claude Code's scope "local", which are of one folder each."""
    for folder, project in _pairs(whole, "projects"):
        for name, one in _pairs(project, "mcpServers"):
            listed = listed or {}
            if listed.setdefault(name, one) != one:
                raise UserError(
                    f"MCP server {name!r}: it is there twice, and that of the project {folder} is another one: rename "
                    "one of them.",
                    "mcp_json_invalid",
                )
    return listed


def _pairs(whole: Any, name: str) -> list[tuple[str, Any]]:
    inner = whole.get(name) if isinstance(whole, Mapping) else None
    return [(str(key), value) for key, value in inner.items()] if isinstance(inner, Mapping) else []


def _parsed(document: Any) -> Mapping[str, Any]:
    if isinstance(document, (str, bytes)):
        try:
            # The lookup of a file leaves its byte-order mark where it is.
            text = decode(document)[0] if isinstance(document, bytes) else document.removeprefix("\ufeff")
            document = json_edit.get_entry(text, (), comments=True)
        except RefusedEdit as error:
            raise UserError(f"{error}.", "mcp_json_invalid") from None
    if not isinstance(document, Mapping):
        raise UserError("the file does not hold an object.", "mcp_json_invalid")
    return document


def _objects(entry: Mapping[str, Any], *names: str) -> list[Mapping[str, Any]]:
    """The objects of the first of these lists that there is."""
    found = next((entry[name] for name in names if entry.get(name)), [])
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def _of_registry(entry: Any) -> tuple[str, Any]:
    """A server.json as C(mcpServers) would have it: its remote address if it has one, otherwise its package."""
    server = entry.get("server", entry) if isinstance(entry, Mapping) else {}
    server = server if isinstance(server, Mapping) else {}
    name = str(server.get("name") or "without a name").rpartition("/")[2]
    for remote in _objects(server, "remotes"):
        headers = {str(one.get("name")): one.get("value") or "${}" for one in _objects(remote, "headers")}
        return name, {"type": remote.get("type"), "url": remote.get("url"), "headers": headers}
    for package in _objects(server, "packages"):
        runner = _RUNNERS.get(str(package.get("registryType") or package.get("registry_name") or ""))
        if runner:
            separator = "==" if runner == "uvx" else "@"
            what = f"{package.get('identifier') or package.get('name')}{separator}{package.get('version')}"
            desired = _objects(package, "environmentVariables", "environment_variables")
            env = {str(one.get("name")): one.get("value") or one.get("default") or "${}" for one in desired}
            arguments = [str(one["value"]) for one in _objects(package, "packageArguments") if one.get("value")]
            return name, {
                "command": runner,
                "args": [*(["-y"] if runner == "npx" else []), what, *arguments],
                "env": env,
            }
    return name, {}


def _as_text(value: Any) -> str | None:
    """A value as a program finds it in its environment or its arguments; None for one that is no text or number."""
    if isinstance(value, str):
        return value
    return json.dumps(value) if isinstance(value, (bool, int, float)) else None


class Server:
    """One server of a file, in the gateway's words. Whatever cannot be carried becomes a sentence in I(wrong)."""

    def __init__(self, called: str, entry: Mapping[str, Any], secrets: Mapping[str, Any]) -> None:
        self.called = called
        self.name = re.sub(r"[^A-Za-z0-9_.]", "_", called).lstrip(".")
        self.wrong: list[str] = []
        if not re.search(r"[A-Za-z0-9]", called):
            self.refuse("its name has no letter and no digit, so it could not be called anything: rename it")
        self._secrets = secrets
        self.transport = self._transport(entry)
        url = entry.get("url") or entry.get("httpUrl") or entry.get("serverUrl") or ""
        self.url = self._text("url", url) if self.transport != "stdio" else ""
        command, *args = self._words(entry)
        self.command = self._one("command", command or "")
        self.args = self._args(args)
        self.env, self.secret_env = self._named("env", self._variables(entry.get("env")))
        plain, secret = self._named("headers", self._variables(entry.get("headers"), "headers"))
        self.headers = {**plain, **secret}
        for name in sorted(set(map(str, entry)) - _KNOWN):
            self.refuse(f"{name!r} has no counterpart at a gateway: take it out of the file, or make the entry by hand")

    def refuse(self, sentence: str) -> None:
        self.wrong.append(f"MCP server {self.called!r}: {sentence}.")

    def _words(self, entry: Mapping[str, Any]) -> list[Any]:
        """The program and its arguments; without the shell by which Windows has to start npx and the like."""
        given = entry.get("command") or ""
        words = [*(given if isinstance(given, list) and given else [given]), *self._list("args", entry.get("args"))]
        shell = len(words) > 2 and _program(str(words[0])) == "cmd" and str(words[1]).lower() == "/c"
        return words[2:] if shell else words

    def _one(self, what: str, value: Any) -> str:
        text = _as_text(value)
        if text is None:
            self.refuse(f"{what} has a {type(value).__name__} where a text belongs: correct the file")
        return text or ""

    def _list(self, what: str, value: Any) -> list[Any]:
        if value is not None and not isinstance(value, list):
            self.refuse(f"{what} is not a list of texts: write them in brackets")
        return value if isinstance(value, list) else []

    def _variables(self, given: Any, what: str = "env") -> dict[str, Any]:
        """The variables or headers, whichever way they are written; what is null is not there."""
        if isinstance(given, list):
            pairs: dict[str, Any] = {}
            for one in given:
                if isinstance(one, Mapping) and one.get("name"):
                    pairs[str(one["name"])] = one.get("value")
                elif isinstance(one, str) and one:
                    name, given_one, value = one.partition("=" if what == "env" else ":")
                    # One without a value is that of the surroundings.
                    pairs[name.strip()] = value.strip() if given_one else f"${{{name}}}"
                else:
                    self.refuse(
                        f"an item of {what} is neither NAME=value nor an object with name and value: correct it"
                    )
            given = pairs
        if given is not None and not isinstance(given, Mapping):
            self.refuse(f"{what} is not an object of names and values: correct the file")
            return {}
        return {str(name): value for name, value in (given or {}).items() if value is not None}

    def _transport(self, entry: Mapping[str, Any]) -> str:
        told = entry.get("type") or entry.get("transport")
        if told:
            if str(told).lower() not in _TRANSPORTS:
                self.refuse(f"LiteLLM does not speak {told!r}; there are http, sse and stdio")
            return _TRANSPORTS.get(str(told).lower(), "http")
        url = entry.get("url") or entry.get("serverUrl") or ""
        if entry.get("command"):
            return "stdio"
        if not url and not entry.get("httpUrl"):
            self.refuse("it has neither a command nor a url")
        return "sse" if str(url).partition("?")[0].rstrip("/").endswith("/sse") else "http"

    def _text(self, name: str, value: Any) -> str:
        given = self._secrets.get(name)
        if given is not None:
            return str(given)
        if self._hidden(name, str(value)):
            self.refuse(f"{name} holds a secret or a variable: give all of it as secrets[{self.called!r}][{name!r}]")
        return self._one(name, value)

    def _args(self, args: list[Any]) -> list[str]:
        given = self._secrets.get("args")
        if given is not None:
            return [str(one) for one in given]
        words = [self._one("args", one) for one in args]
        if without_secrets(words, lambda _path: None) != words or any(_VARIABLE.search(one) for one in words):
            self.refuse(
                f"args hold a secret or a variable, and a process list shows them: let the server read it from its "
                f"environment, or give all of them as secrets[{self.called!r}]['args']"
            )
        return words

    def _named(self, what: str, values: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
        """What may be read by anybody, and what comes from I(secrets)."""
        plain, secret = {}, {}
        for name, value in values.items():
            if name in self._secrets:
                secret[name] = str(self._secrets[name])
            elif self._hidden(name, text := self._one(f"{what}.{name}", value)):
                self.refuse(
                    f"{what}.{name} is a secret or a variable, and is not taken from the file: give it as "
                    f"secrets[{self.called!r}][{name!r}], such as a lookup of the store"
                )
            else:
                plain[name] = text
        return plain, secret

    @staticmethod
    def _hidden(name: str, value: str) -> bool:
        return looks_secret(name, value) or bool(_VARIABLE.search(value))

    def registration(self) -> dict[str, Any]:
        """As an entry of litellm_mcp_servers."""
        entry: dict[str, Any] = {"name": self.name, "transport": self.transport}
        if self.transport == "stdio":
            entry |= {"command": self.command, "args": self.args}
            return entry | ({"env": {**self.env, **self.secret_env}} if self.env or self.secret_env else {})
        entry["url"] = self.url
        static = {}
        for name, value in self.headers.items():
            credential = _credential(name, value) if "auth_type" not in entry else None
            if credential:
                entry["auth_type"], entry["auth_value"] = credential
            else:
                static[name] = value
        return entry | ({"static_headers": static} if static else {})

    def service(self, version: str | None) -> dict[str, Any]:
        """As an entry of mcp_services: the package that npx or uvx would fetch, in a container of its own."""
        kind, package, told, program, arguments = self._package()
        version = version or told
        entry: dict[str, Any] = {"name": re.sub(r"[^a-z0-9.-]", "-", self.called.lower()).strip("-.")}
        if unreachable(f"mcp-{entry['name']}"):
            self.refuse("its name is too long for the container's, by which the gateway finds it: rename it")
        if kind and not _VERSIONS[kind].fullmatch(str(version or "")):
            what = f"{package} has no exact version"
            if re.match(r"[\d^~<>=*]", str(version or "")):
                what = f"{package}@{version} is a range of versions"
            self.refuse(
                f"{what}, and what is fetched may differ from day to day: give one as versions[{self.called!r}]"
            )
        entry["package"] = {kind: package, "version": str(version)}
        entry["command"] = [program, *arguments]
        if self.env:
            entry["environment"] = self.env
        if self.secret_env:
            entry["secret_environment"] = self.secret_env
        return entry

    def _package(self) -> tuple[str, str, str, str, list[str]]:
        runner = _program(self.command)
        words = list(self.args) if runner in _RUNNERS.values() else []
        package = program = ""
        while words and words[0].startswith("-"):
            option = words.pop(0)
            if option in ("-p", "--package", "--from") and words:
                package = words.pop(0)
            elif option not in ("-y", "--yes", "-q", "--quiet", "--"):
                self.refuse(f"the option {option} of {runner} cannot be carried into mcp_services")
        if not (package or words):
            self.refuse(
                f"{self.command!r} cannot be carried into mcp_services, which takes packages of npm (npx) and PyPI "
                "(uvx): write an entry with an image of your own, or register it with transport stdio"
            )
            return "", "", "", "", []
        first = words.pop(0) if words else ""
        program, package = (first, package) if package else ("", first)
        name, told = _split(package, runner)
        if not _PACKAGE.fullmatch(name):
            self.refuse(f"{package!r} is not a package of npm or PyPI that could be pinned to a version")
        kind = next(kind for kind, one in _RUNNERS.items() if one == runner)
        # Which program a package of npm has is known where it is installed; until then its own name stands for it.
        return kind, name, told, program or name, words


def _program(command: str) -> str:
    """What a command is called, wherever it is and whatever Windows puts behind its name."""
    return re.sub(r"\.(cmd|exe)\Z", "", re.split(r"[/\\]", command)[-1].lower())


def _split(package: str, runner: str) -> tuple[str, str]:
    """Name and version."""
    if runner == "uvx":
        name, _sign, version = package.replace("==", "@", 1).partition("@")
        return name, version
    scope, at, rest = package[:1], package[1:].find("@"), package
    if at < 0:
        return rest, ""
    return scope + package[1 : at + 1], package[at + 2 :]


def _credential(header: str, value: str) -> tuple[str, str] | None:
    """What LiteLLM has words of its own for."""
    scheme, _space, rest = value.partition(" ")
    if header.lower() == "x-api-key":
        return "api_key", value
    if header.lower() != "authorization":
        return None
    if scheme.lower() == "bearer":
        return "bearer_token", rest
    if scheme.lower() == "basic":
        try:
            return "basic", base64.b64decode(rest, validate=True).decode()
        except (binascii.Error, ValueError):
            pass
    return "authorization", value


def _each(document: Any, secrets: Secrets | None) -> Iterator[Server]:
    for called, entry in servers(document).items():
        yield Server(called, entry, (secrets or {}).get(called) or {})


def _finished(made: list[tuple[Server, dict[str, Any]]]) -> list[dict[str, Any]]:
    wrong = [sentence for server, _entry in made for sentence in server.wrong]
    names = [entry["name"] for _server, entry in made]
    wrong += [
        f"MCP server {server.called!r}: another one is called {entry['name']!r} as well, once what a name may not have "
        "is replaced: rename one of them."
        for number, (server, entry) in enumerate(made)
        if entry["name"] in names[:number]
    ]
    if wrong:
        raise UserError("\n".join(wrong), "mcp_json_invalid")
    return [entry for _server, entry in made]


def registrations(document: Any, secrets: Secrets | None = None, stdio: bool = False) -> list[dict[str, Any]]:
    """Entries of litellm_mcp_servers: the remote servers, and those over stdio where they are asked for."""
    found = [one for one in _each(document, secrets) if stdio or one.transport != "stdio"]
    return _finished([(one, one.registration()) for one in found])


def services(
    document: Any, secrets: Secrets | None = None, versions: Mapping[str, Any] | None = None
) -> list[dict[str, Any]]:
    """Entries of mcp_services: the servers over stdio, each as a package in a container of its own."""
    found = [one for one in _each(document, secrets) if one.transport == "stdio"]
    return _finished([(one, one.service((versions or {}).get(one.called))) for one in found])
