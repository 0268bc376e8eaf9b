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
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.module_utils.secret_words import looks_secret, without_secrets
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._edit import json_edit
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._edit.text import RefusedEdit, decode
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._mcp_services.catalogue import unreachable
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._mcp_services.options import (
    PACKAGES,
    VARIABLE,
    VERSIONS,
    as_text,
    name_of,
    switch,
)
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.words import kind_of

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
# Which options name a package, which change nothing of what runs, and which of the others have a value (npx --help of
# npm 11, uvx --help of uv 0.9).
_NAMING = {"npx": ("-p", "--package"), "uvx": ("--from",)}
_WITHOUT_EFFECT = ("-y", "--yes", "-q", "--quiet", "--")
_WITH_VALUE = {
    "npx": frozenset(
        "-c --call -w --workspace --registry --prefix --cache --userconfig --loglevel --node-options "
        "--script-shell".split()
    ),
    "uvx": frozenset(
        "-w --with --with-editable --with-requirements -p --python --index --default-index -i --index-url "
        "--extra-index-url -f --find-links --index-strategy --keyring-provider -P --upgrade-package --resolution "
        "--prerelease --fork-strategy --exclude-newer --exclude-newer-package --link-mode -c --constraint "
        "--constraints --override --overrides -b --build-constraint --build-constraints -C --config-setting "
        "--config-settings --refresh-package --reinstall-package --no-build-package --no-binary-package "
        "--no-build-isolation-package --no-sources-package --allow-insecure-host --cache-dir --color --directory "
        "--project --config-file --env-file --python-platform --python-preference --torch-backend".split()
    ),
}
# The name of a package of PyPI with its extras, and what is said of its version.
_REQUIREMENT = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*\s*(?:\[[^\]]*\])?)\s*(===?|@|(?=[<>!~]))\s*(.*)", re.DOTALL)
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_REMOTE = re.compile(r"mcp-remote(@[\w.-]+)?")

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
    return {name: _in_usual_words(one) for name, one in listed.items() if _is_on(name, one)}


def _is_on(name: str, entry: Mapping[str, Any]) -> bool:
    """Whether the client uses it, also where a switch is a text."""
    said = {field: entry[field] for field in ("disabled", "enabled") if entry.get(field) is not None}
    read = {field: switch(value) for field, value in said.items()}
    odd = [field for field, value in read.items() if value is None]
    if odd:
        raise UserError(
            f"MCP server {name!r}: {odd[0]} is neither true nor false: write one of them.", "mcp_json_invalid"
        )
    return not read.get("disabled", False) and read.get("enabled", True)


def _listed(whole: Mapping[str, Any]) -> dict[str, Any] | None:
    nothing = None
    for place in (("mcpServers",), ("servers",), ("mcp", "servers"), ("mcp",), ("context_servers",)):
        found = whole
        for name in place:
            found = found.get(name) if isinstance(found, Mapping) else None
        if isinstance(found, Mapping):
            return {_name(name): one for name, one in found.items()}
        if isinstance(found, list):
            return _of_list(found)
        if found is None and place[0] in whole:
            # There, with nothing in it.
            nothing = {}
        elif found is not None:
            raise UserError(
                f"{'.'.join(place)} is {kind_of(found)}, where an object of servers belongs: correct the file.",
                "mcp_json_invalid",
            )
    return nothing


def _of_list(found: list[Any]) -> dict[str, Any]:
    """Those of a registry's list, by what they are called without who makes them."""
    listed: dict[str, Any] = {}
    for name, one in map(_of_registry, found):
        if listed.setdefault(name, one) != one:
            raise UserError(
                f"MCP server {name!r}: the list has several of that name, or versions of it: leave one of them in it.",
                "mcp_json_invalid",
            )
    return listed


def _name(name: Any) -> str:
    """What is called so, also where a dictionary's key is no text."""
    said = as_text(name)
    return kind_of(name) if said is None else said


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
    words = words[2:] if [_name(word).lower() for word in words[:2]] == ["cmd", "/c"] else words
    words = [_name(word) for word in words if _name(word) not in ("-y", "--yes", "--allow-http", "--debug")]
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
    return re.sub(r"\$\{(\w+)\}", lambda found: as_text(known.get(found[1])) or found[0], text)


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
    return [(_name(key), value) for key, value in inner.items()] if isinstance(inner, Mapping) else []


def _parsed(document: Any) -> Mapping[str, Any]:
    if isinstance(document, (str, bytes)):
        try:
            # The lookup of a file leaves its byte-order mark where it is.
            text = decode(document)[0] if isinstance(document, bytes) else document.removeprefix("\ufeff")
            document = json_edit.get_entry(text, (), comments=True)
        except RefusedEdit as error:
            raise UserError(f"{error}.", "mcp_json_invalid") from None
    if not isinstance(document, Mapping):
        raise UserError("the file does not hold an object: correct it, or name another file.", "mcp_json_invalid")
    return document


def _objects(entry: Mapping[str, Any], *names: str) -> list[Mapping[str, Any]]:
    """The objects of the first of these lists that there is."""
    found = next((entry[name] for name in names if entry.get(name)), [])
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def _of_registry(entry: Any) -> tuple[str, Any]:
    """A server.json as C(mcpServers) would have it: its remote address if it has one, otherwise its package."""
    server = entry.get("server", entry) if isinstance(entry, Mapping) else {}
    server = server if isinstance(server, Mapping) else {}
    name = (as_text(server.get("name")) or "without a name").rpartition("/")[2]
    for remote in _objects(server, "remotes"):
        headers = {as_text(one.get("name")) or "": _value(one) for one in _objects(remote, "headers")}
        return name, {"type": remote.get("type"), "url": remote.get("url"), "headers": headers}
    for package in _objects(server, "packages"):
        runner = _RUNNERS.get(as_text(package.get("registryType") or package.get("registry_name")) or "")
        transport = package.get("transport")
        spoken = as_text(transport.get("type") if isinstance(transport, Mapping) else transport)
        if runner and spoken in (None, "", "stdio"):
            separator = "==" if runner == "uvx" else "@"
            identifier = as_text(package.get("identifier") or package.get("name")) or ""
            what = f"{identifier}{separator}{as_text(package.get('version')) or ''}"
            desired = _objects(package, "environmentVariables", "environment_variables")
            env = {as_text(one.get("name")) or "": _value(one) for one in desired}
            before = [*(["-y"] if runner == "npx" else []), *_arguments(package, "runtimeArguments")]
            return name, {
                "command": runner,
                "args": [*before, what, *_arguments(package, "packageArguments")],
                "env": env,
            }
    if server.get("command") or _address(server):
        # Of a list of what client programs use, in which each says its own name.
        return name, {field: value for field, value in server.items() if field != "name"}
    return name, {}


def _arguments(package: Mapping[str, Any], which: str) -> list[Any]:
    """What a registry says of a program's arguments: those with a value, and those that have to have one."""
    return [
        word
        for one in _objects(package, which)
        if one.get("value") or switch(one.get("isRequired") or False)
        for word in (*([one.get("name")] if one.get("type") == "named" else []), _value(one))
    ]


def _value(one: Mapping[str, Any]) -> Any:
    """What a registry says of a variable; what it leaves to whoever runs it is to be given."""
    return next((one[field] for field in ("value", "default") if one.get(field) not in (None, "")), "${}")


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
        self.url = self._url(_address(entry)) if self.transport != "stdio" else ""
        command, *args = self._words(entry)
        # What is no text is said once, and not as a package as well.
        listed = isinstance(entry.get("args"), (list, type(None)))
        self._readable = listed and None not in map(as_text, [command, *args])
        self.command = self._one("command", command or "")
        if self.transport == "stdio" and not self.command and not self.wrong:
            self.refuse("it has no command: write the program that is started")
        self.args = self._args(args)
        said = {"url": _address(entry), **{field: entry.get(field) for field in ("command", "args", "env", "headers")}}
        given = {field: self._with_effect(field, value) for field, value in said.items()}
        self.env, self.secret_env = self._named("env", self._variables(given["env"]))
        plain, secret = self._named("headers", self._variables(given["headers"], "headers"))
        self.headers = {**plain, **secret}
        unknown = {
            name_of(name) for name, value in entry.items() if name not in _KNOWN and not _says_nothing(name, value)
        }
        for name in sorted(unknown):
            self.refuse(f"{name!r} has no counterpart at a gateway: take it out of the file, or make the entry by hand")

    def refuse(self, sentence: str) -> None:
        self.wrong.append(f"MCP server {self.called!r}: {sentence}.")

    def _with_effect(self, field: str, value: Any) -> Any:
        """What the file says there; nothing, and a sentence, where it would be dropped."""
        program = self.transport == "stdio"
        if not value or program == (field not in ("headers", "url")):
            return value
        what = "a program that is started" if program else "a server at a url"
        self.refuse(f"{field} has no effect on {what}: take it out of the file, or make the entry by hand")
        return None

    def _words(self, entry: Mapping[str, Any]) -> list[Any]:
        """The program and its arguments; without the shell by which Windows has to start npx and the like."""
        given = entry.get("command") or ""
        words = [*(given if isinstance(given, list) and given else [given]), *self._list("args", entry.get("args"))]
        shell = len(words) > 2 and _program(_name(words[0])) == "cmd" and _name(words[1]).lower() == "/c"
        return words[2:] if shell else words

    def _one(self, what: str, value: Any) -> str:
        text = as_text(value)
        if text is None:
            self.refuse(f"{what} has {kind_of(value)} where a text belongs: correct the file")
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
                    pairs[_name(one["name"])] = one.get("value")
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
        pairs = {_name(name): value for name, value in (given or {}).items() if value is not None}
        form = VARIABLE if what == "env" else _HEADER
        for name in [name for name in pairs if not form.fullmatch(name)]:
            self.refuse(f"{what} has the name {name_of(name)!r}, which is none: correct the file")
            del pairs[name]
        return pairs

    def _transport(self, entry: Mapping[str, Any]) -> str:
        told = entry.get("type") or entry.get("transport")
        url = _address(entry)
        if told:
            known = _TRANSPORTS.get(_name(told).lower())
            if not known:
                self.refuse(f"LiteLLM does not speak {name_of(told)!r}; there are http, sse and stdio")
            return known or "http"
        if entry.get("command"):
            return "stdio"
        if not url:
            self.refuse(
                "it has neither a command nor a url, and no package of npm or PyPI that speaks stdio: make the entry "
                "by hand, or leave it out of the file"
            )
        return "sse" if _name(url).partition("?")[0].rstrip("/").endswith("/sse") else "http"

    def _url(self, value: Any) -> str:
        given = as_text(self._secrets.get("url"))
        url = self._one("url", value) if given is None else given
        if given is None and self._hidden("url", url):
            self.refuse(f"url holds a secret or a variable: give all of it as secrets[{self.called!r}]['url']")
        elif not self.wrong and not re.match(r"https?://[^\s/]", url):
            self.refuse("its url is none that begins with http:// or https://: correct it")
        return url

    def _args(self, args: list[Any]) -> list[str]:
        given = self._secrets.get("args")
        if isinstance(given, (list, tuple)):
            return [self._one(f"secrets[{self.called!r}]['args']", one) for one in given]
        if given is not None:
            self.refuse(f"secrets[{self.called!r}]['args'] is not a list of all arguments: write one")
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
                secret[name] = self._one(f"secrets[{self.called!r}][{name!r}]", self._secrets[name])
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

    def service(self, version: Any) -> dict[str, Any]:
        """As an entry of mcp_services: the package that npx or uvx would fetch, in a container of its own."""
        entry: dict[str, Any] = {"name": re.sub(r"[^a-z0-9.-]", "-", self.called.lower()).strip("-.")}
        if unreachable(f"mcp-{entry['name']}"):
            self.refuse("its name is too long for the container's, by which the gateway finds it: rename it")
        found = self._package() if self.command and self._readable else None
        if not found:
            return entry
        kind, package, told, program, arguments = found
        if version is not None and not isinstance(version, str):
            self.refuse(f"versions[{self.called!r}] is {kind_of(version)}, not a text: write it in quotation marks")
            return entry
        version = version or told
        if not VERSIONS[kind].fullmatch(version):
            what = f"{package} has no exact version"
            if re.match(r"[\d^~<>=!*]", version):
                sign = "" if version[0] in "<>=!~" and kind == "pypi" else "@"
                what = f"{package}{sign}{name_of(version)} is a range of versions"
            self.refuse(
                f"{what}, and what is fetched may differ from day to day: give one as versions[{self.called!r}]"
            )
        entry["package"] = {kind: package, "version": version}
        entry["command"] = [program, *arguments]
        if self.env:
            entry["environment"] = self.env
        if self.secret_env:
            entry["secret_environment"] = self.secret_env
        return entry

    def _package(self) -> tuple[str, str, str, str, list[str]] | None:
        """Kind, name and version of the package, its program and the program's arguments; None after a sentence."""
        runner = _program(self.command)
        if runner not in _NAMING:
            return self._not_carried()
        options, words = _options(runner, self.args)
        packages = [value for option, value in options if option in _NAMING[runner]]
        odd = [option for option, _value in options if option not in (*_NAMING[runner], *_WITHOUT_EFFECT)]
        for option in odd:
            self.refuse(f"the option {name_of(option)} of {runner} cannot be carried into mcp_services")
        if len(packages) > 1:
            self.refuse(
                f"it asks for {len(packages)} packages, {name_of(', '.join(packages))}, and a service has one: write "
                "an entry with an image of your own"
            )
        if odd or len(packages) > 1:
            return None
        if not (packages or words):
            return self._not_carried()
        package = packages[0] if packages else words.pop(0)
        program = words.pop(0) if packages and words else ""
        kind = next(kind for kind, one in _RUNNERS.items() if one == runner)
        name, told = _split(package, kind)
        if not PACKAGES[kind].fullmatch(name) or re.search(r"[/:\\]", told):
            self.refuse(f"{name_of(package)!r} is not a package of npm or PyPI that could be pinned to a version")
            return None
        # Which program a package of npm has is known where it is installed; until then its own name stands for it.
        return kind, name, told, program or name.partition("[")[0], words

    def _not_carried(self) -> None:
        self.refuse(
            f"{name_of(self.command)!r} cannot be carried into mcp_services, which takes packages of npm (npx) and "
            "PyPI (uvx): write an entry with an image of your own, or register it with transport stdio"
        )


def _says_nothing(field: str, value: Any) -> bool:
    """Whether a field of a client's own asks for nothing: it is empty, or Copilot's C(tools) that are all of them."""
    return value is None or value in ("", {}) or (field == "tools" and value == ["*"])


def _address(entry: Mapping[str, Any]) -> Any:
    return entry.get("url") or entry.get("httpUrl") or entry.get("serverUrl") or ""


def _options(runner: str, args: list[str]) -> tuple[list[tuple[str, str]], list[str]]:
    """The runner's own options with their values, and what follows them."""
    words, found = list(args), []
    while words and words[0].startswith("-"):
        option, equals, value = words.pop(0).partition("=")
        if not equals and option in (*_NAMING[runner], *_WITH_VALUE[runner]):
            value = words.pop(0) if words else ""
        found.append((option, value))
        if option == "--":
            break
    return found, words


def _program(command: str) -> str:
    """What a command is called, wherever it is and whatever Windows puts behind its name."""
    return re.sub(r"\.(cmd|exe)\Z", "", re.split(r"[/\\]", command)[-1].lower())


def _split(package: str, kind: str) -> tuple[str, str]:
    """Name, with extras, and version; of a range all that is said."""
    if kind == "pypi":
        found = _REQUIREMENT.fullmatch(package)
        return (re.sub(r"\s", "", found[1]), found[3].strip()) if found else (package, "")
    name, _at, version = package[1:].partition("@")
    # To npm v1.2.3 and =1.2.3 are 1.2.3.
    exact = re.fullmatch(r"[v=]+(\d.*)", version)
    return package[:1] + name, exact[1] if exact else version


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
    given = _by_server("secrets", secrets)
    for name, entry in servers(document).items():
        yield Server(name, entry, _by_server(f"secrets[{name!r}]", given.get(name)))


def _by_server(what: str, given: Any) -> Mapping[str, Any]:
    """What a person gives beside the file."""
    if given is not None and not isinstance(given, Mapping):
        raise UserError(f"{what} is a dictionary, not {kind_of(given)}: write one.", "mcp_json_invalid")
    return given or {}


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
    told = _by_server("versions", versions)
    return _finished([(one, one.service(told.get(one.called))) for one in found])
