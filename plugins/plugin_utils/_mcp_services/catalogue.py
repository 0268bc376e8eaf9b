# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a few lines of the inventory, and the catalogue, to everything about an MCP service: what runs, and where.

A service is one of the catalogue (roles/mcp_service/files/catalogue), a package of PyPI or npm that speaks stdio, an
image that speaks HTTP, or an OpenAPI document. The first two become an image of the folder images/mcp-bridge; the last
one runs in images/mcp-openapi.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils import egress
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._mcp_services import mcp_openapi, options
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.words import kind_of
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.yaml_core import load_own

CATALOGUE = Path(__file__).resolve().parents[3] / "roles/mcp_service/files/catalogue"
# Of a name on a network, each part between dots.
_LONGEST_PART = 63
_PATHS = {"http": "/mcp", "sse": "/sse"}
# Where a gateway that starts the server itself has its packages, and the Python of the images.
PACKAGES = "/opt/mcp"
PYTHON = "python3.13"


@cache
def catalogue() -> dict[str, dict[str, Any]]:
    """All services, by name."""
    return {path.stem: load_own(path.read_text(encoding="utf-8")) for path in sorted(CATALOGUE.glob("*.yml"))}


def completed(entries: Any, prefix: str = "") -> list[dict[str, Any]]:
    """All entries of mcp_services, completed; none where the variable is empty."""
    if entries is None:
        return []
    if isinstance(entries, (str, bytes, Mapping)) or not isinstance(entries, Iterable):
        raise UserError(
            f"mcp_services is a list of services, such as [{{name: time}}], not {kind_of(entries)}.",
            "service_invalid",
        )
    made = [complete(entry, prefix) for entry in entries]
    for what in ("name", "container_name", "published_port"):
        _once(what, made)
    return made


def _once(what: str, services: list[dict[str, Any]]) -> None:
    """UserError where two services that are to run have the same."""
    owners: dict[Any, str] = {}
    for service in services:
        # One that is to go leaves its place to another; only its name is its own.
        value = service[what] if what == "name" or service["state"] == "present" else None
        if value and value in owners:
            same = "it is there twice" if what == "name" else f"it has the {what} {value}, as {owners[value]} has"
            raise _wrong(service["name"], f"{same}; give each its own")
        owners[value] = service["name"]


def complete(entry: Any, prefix: str = "") -> dict[str, Any]:
    """An entry of mcp_services with everything that it leaves to the catalogue and to defaults.

    prefix: what the names of what runs begin with, in a second deployment on a host.
    """
    name = entry.get("name") if isinstance(entry, Mapping) else None
    if not isinstance(name, str) or not options.NAME.fullmatch(name):
        given = f"one with the name {options.name_of(name)}" if isinstance(entry, Mapping) else kind_of(entry)
        raise UserError(
            f"An MCP service is a dictionary with a name of lower-case letters, not {given}.", "service_invalid"
        )
    name = str(name)
    unknown = sorted(options.name_of(field) for field in entry if field not in options.OPTIONS)
    if unknown:
        raise _wrong(
            name, f"{', '.join(unknown)} is nothing that it can have; it can have {', '.join(options.OPTIONS)}"
        )
    try:
        said = options.read(entry)
        known = {} if said.get("state") == "absent" else _of_catalogue(name, said)
    except ValueError as error:
        raise _wrong(name, str(error)) from None
    whole = {**known, **said}
    for field in ("environment", "secret_environment"):
        merged = {**(known.get(field) or {}), **(said.get(field) or {})}
        whole[field] = {variable: value for variable, value in merged.items() if value is not None}
    whole["command"] = [*(whole.get("command") or []), *(said.get("args") or [])]
    whole["volumes"] = whole.get("volumes") or []
    whole["container_name"] = said.get("container_name") or f"{prefix}mcp-{name}"
    _check(name, whole)
    openapi = _openapi(name, whole)
    if whole.get("bridge") is False and whole.get("package") and whole.get("transport") != "stdio":
        whole["command"].insert(0, "--direct")  # see images/mcp-bridge/entrypoint.sh
    made = {
        "name": name,
        "state": said.get("state") or "present",
        "transport": whole.get("transport") or "http",
        "image": _image(name, whole),
        "packages": {},
        "openapi": openapi,
        "call": whole.get("call") or {},
        "user": whole.get("user") or "",
        "memory": whole.get("memory") or "512m",
        "internet": _internet(name, whole.get("internet")),
        "port": whole.get("port") or 8000,
        "published_port": whole.get("published_port") or 0,
        **{field: whole.get(field) or [] for field in ("tmpfs", "extra_networks")},
        **{
            field: whole[field]
            for field in ("command", "environment", "secret_environment", "volumes", "container_name")
        },
    }
    made["network"] = "" if made["transport"] == "stdio" else f"{made['container_name']}-net"
    if made["transport"] == "stdio":
        made["packages"] = {"volume": f"{made['container_name']}-packages", "path": f"{PACKAGES}/{name}"}
    made["registration"] = _registration(made, whole)
    return made


def unreachable(container_name: str) -> bool:
    """Whether a container of this name could not be found by it."""
    return any(len(part) > _LONGEST_PART for part in str(container_name).split("."))


def _wrong(name: str, what: str) -> UserError:
    return UserError(f"MCP service '{options.name_of(name)}': {mcp_openapi.one_line(what)}.", "service_invalid")


def _of_catalogue(name: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    """What the catalogue says about the entry's service; nothing where it is a person's own."""
    own = entry.get("package") or entry.get("image") or entry.get("openapi")
    service = entry.get("service") or (None if own else name)
    if service is None:
        return {}
    known = catalogue()
    if service not in known:
        raise _wrong(
            name,
            f"the catalogue has no '{service}' (it has {', '.join(known)}); give it a service of these, a package "
            "({pypi or npm, version}) or an image, or an OpenAPI document (openapi)",
        )
    found = known[service]
    if "role" in found:
        role = found["role"]
        raise _wrong(
            name,
            f"{service} has the role {role}: set {role}_enabled: true and what it needs ({found['needs']}) instead",
        )
    read = options.read({option: value for option, value in found.items() if option in options.OPTIONS})
    return {**found, **read, "service": service}


def _check(name: str, whole: Mapping[str, Any]) -> None:
    """What can be seen to be wrong with a completed entry."""
    if whole.get("state") == "absent":
        return
    transport = whole.get("transport") or "http"
    if transport != "stdio" and unreachable(whole["container_name"]):
        raise _wrong(
            name,
            f"its container would be called {whole['container_name']}, and no name by which one is found has more than "
            f"{_LONGEST_PART} letters between dots: give it a shorter name, or a container_name",
        )
    package = whole.get("package") or {}
    if whole.get("openapi") is not None:
        fields = ("service", "package", "image", "command", "bridge", "port", "path")
        beside = [field for field in fields if whole.get(field)]
        if beside or transport != "http":
            odd = beside[0] if beside else f"transport: {transport}"
            raise _wrong(name, f"{odd} does not go with openapi, whose server is FastMCP's, over http: leave it out")
    if package and not whole["command"]:
        called = package.get("pypi") or package.get("npm")
        raise _wrong(name, f"command is missing: the program of {called} that serves, and its arguments")
    for variable in whole.get("needs_environment") or []:
        if not whole["environment"].get(variable) and not whole["secret_environment"].get(variable):
            raise _wrong(name, f"environment lacks {variable}; it needs {whole['needs']}")
    targets = [volume.split(":")[1] for volume in whole["volumes"]]
    if whole.get("needs_volume") and whole["needs_volume"] not in targets:
        raise _wrong(name, f"no volume is at {whole['needs_volume']}; it needs {whole['needs']}")
    if transport == "stdio":
        kept_out = [field for field in ("volumes", "secret_environment", "debian", "internet") if whole.get(field)]
        if not package or kept_out:
            why = f"it has {kept_out[0]}" if kept_out else "it is an image"
            raise _wrong(
                name,
                f"{why}, which the gateway's own container cannot give to a server that it starts: leave transport: "
                "stdio out, and it has a container of its own",
            )


def _internet(name: str, said: Any) -> bool | list[str]:
    """No way out, every host there is, or those that are named, as HOST:PORT."""
    if said is None or isinstance(said, bool):
        return bool(said)
    try:
        return egress.listed(said) or False
    except UserError as error:
        raise _wrong(name, f"{error}, as internet has them") from None


def _openapi(name: str, whole: dict[str, Any]) -> dict[str, Any]:
    """What the filter mcp_openapi needs of an entry with a document; its server's environment is completed."""
    if whole.get("openapi") is None or whole.get("state") == "absent":
        return {}
    try:
        said = mcp_openapi.checked(whole["openapi"])
    except UserError as error:
        raise _wrong(name, str(error)) from None
    auth = said.pop("auth")
    whole["environment"]["MCP_OPENAPI_BASE_URL"] = said.pop("base_url")
    for number, (header, value) in enumerate(sorted(auth.items()), 1):
        whole["secret_environment"][f"MCP_OPENAPI_HEADER_{number}"] = f"{header}: {value}"
    return {"name": name, "headers": sorted(auth), **said}


def _image(name: str, whole: Mapping[str, Any]) -> Any:
    """A reference, or options of the module image."""
    package = whole.get("package")
    if whole.get("openapi"):
        return {"name": "mcp-openapi"}
    if not package:
        return whole.get("image") or {}
    if whole.get("service"):
        args = {"SERVICE": whole["service"]}
    elif package.get("pypi"):
        args = {"PYPI": f"{package['pypi']}=={package['version']}"}
    else:
        args = {"NPM": f"{package['npm']}@{package['version']}"}
    debian = [*(["nodejs"] if package.get("npm") else []), *(whole.get("debian") or [])]
    if debian:
        args["DEBIAN"] = " ".join(debian)
    return {"name": "mcp-bridge", "repository": f"mcp-lan/mcp-{whole.get('service') or name}", "args": args}


def _registration(made: Mapping[str, Any], whole: Mapping[str, Any]) -> dict[str, Any]:
    """What the gateway is told of it, as the module mcp_server has it; nothing if it is not to be registered."""
    desired = whole.get("register", True)
    if desired is False:
        return {}
    server: dict[str, Any] = {"name": made["name"].replace("-", "_"), "transport": made["transport"]}
    if made["state"] == "absent":
        return {"name": server["name"], "state": "absent"}
    if whole.get("description"):
        server["description"] = whole["description"]
    if made["transport"] == "stdio":
        program, *arguments = made["command"]
        top = made["packages"]["path"]
        if whole["package"].get("npm"):
            server.update(command="node", args=[f"{top}/node_modules/.bin/{program}", *arguments])
            variables = {}
        else:
            server.update(command="python3", args=[f"{top}/bin/{program}", *arguments])
            variables = {"PYTHONPATH": f"{top}/lib/{PYTHON}/site-packages"}
        server["env"] = {**variables, **made["environment"]}
    else:
        path = whole.get("path") or _PATHS[made["transport"]]
        server["url"] = f"http://{made['container_name']}:{made['port']}{path}"
    return {**server, **({} if desired is True else desired)}
