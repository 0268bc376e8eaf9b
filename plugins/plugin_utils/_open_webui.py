# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Open WebUI's connections to a gateway: its API, and what of its two lists has to be otherwise.

The person may keep connections of their own in the same lists. Ours among the models carries a mark in its settings;
one without it counts as ours if it leads to the same address. Ours among the tool servers has our name as its id.
"""

from __future__ import annotations

import copy
import time
from dataclasses import dataclass
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.module_utils.secret_words import HIDDEN, without_keys, without_secrets
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import ApiError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.client import REQUESTS_IMPORT_ERROR
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._tls.trust import context

if not REQUESTS_IMPORT_ERROR:
    import requests

MODELS = "/openai/config"
TOOLS = "/api/v1/configs/tool_servers"
MARK = "mcp_lan"
EVERYBODY = [{"principal_type": "user", "principal_id": "*", "permission": "read"}]


@dataclass(frozen=True)
class Wanted:
    """What is to be there: the gateway by this name, with this key."""

    name: str
    gateway_url: str = ""
    key: str = ""
    everybody: bool | None = None  # None: who may use it stays as it is

    @property
    def models_url(self) -> str:
        return self.gateway_url.rstrip("/") + "/v1"

    @property
    def tools_url(self) -> str:
        return self.gateway_url.rstrip("/") + "/mcp/"


class OpenWebUI:
    """The API of one Open WebUI, signed in as an administrator."""

    def __init__(self, url: str, timeout: float = 30, validate_certs: bool = True, ca_path: str | None = None):
        if not url.startswith(("http://", "https://")):
            raise ApiError(f"url must begin with http:// or https://, not {url!r}.")
        if timeout <= 0:
            raise ApiError(f"timeout is {timeout:g}: write a number of seconds above 0.", code="options_invalid")
        if ca_path and validate_certs and url.startswith("https://"):
            context(ca_path=ca_path)  # refuses a file that is none of certificates
        self.url = url.rstrip("/")
        self.timeout = timeout
        self._session = requests.Session()
        # Read once: neither a netrc file nor REQUESTS_CA_BUNDLE comes before what is given here.
        environment = self._session.merge_environment_settings(self.url, {}, None, validate_certs, None)
        self._session.trust_env = False
        self._session.proxies = environment["proxies"]
        self._session.verify = (ca_path or environment["verify"]) if validate_certs else False

    def sign_in(self, email: str, password: str, attempts: int = 5) -> None:
        """Begin; one that has just been started may need a moment."""
        for attempt in range(attempts):
            try:
                answer = self._send("POST", "/api/v1/auths/signin", {"email": email, "password": password})
                break
            except requests.ConnectionError as error:
                if attempt + 1 == attempts:
                    raise ApiError(f"Nothing answers at {self.url}: is Open WebUI running?") from error
                time.sleep(1)
        if answer.status_code in (400, 401, 403):
            raise ApiError(
                f"Open WebUI at {self.url} refuses the account {email} or its password: if the password was changed in "
                "Open WebUI, write the present one into the store."
            )
        self._session.headers["Authorization"] = f"Bearer {self._read('the sign-in', answer)['token']}"

    def get(self, path: str) -> Any:
        return self._call("GET", path)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        return self._call("POST", path, body)

    def models(self, desired: Wanted) -> list[str]:
        """The models that Open WebUI sees at the gateway."""
        return self._names("models", "/openai/verify", {"url": desired.models_url, "key": desired.key}, "data", "id")

    def tools(self, desired: Wanted) -> list[str]:
        """The tools that Open WebUI sees at the gateway."""
        (connection,) = tools_with([], desired)
        return self._names("tools", f"{TOOLS}/verify", connection, "specs", "name")

    def _names(self, what: str, path: str, body: dict[str, Any], items: str, name: str) -> list[str]:
        try:
            found = self.post(path, body)[items]
        except (ApiError, KeyError, TypeError) as error:
            raise ApiError(
                f"Open WebUI at {self.url} cannot list the gateway's {what} at {body['url']}: is the address right as "
                f"its container reaches it, and may the key use {what}? ({error})"
            ) from None
        return sorted(one[name] for one in found)

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        try:
            return self._read(f"{method} {self.url}{path}", self._send(method, path, body))
        except requests.ConnectionError as error:
            raise ApiError(f"The connection to Open WebUI at {self.url} was lost: run again.") from error

    def _send(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        try:
            return self._session.request(method, self.url + path, json=body, timeout=self.timeout)
        except requests.exceptions.SSLError as error:
            raise ApiError(
                f"The certificate of {self.url} is not trusted: give its authority as ca_path, or set validate_certs "
                "to false."
            ) from error
        except requests.Timeout as error:
            raise ApiError(f"Open WebUI at {self.url} did not answer within {self.timeout:g} s.") from error

    def _read(self, what: str, answer: Any) -> Any:
        try:
            data = answer.json()
        except ValueError:
            raise ApiError(
                f"{what} was answered {answer.status_code} by something that is not Open WebUI: check url."
            ) from None
        if answer.status_code >= 300:
            told = data.get("detail", data) if isinstance(data, dict) else data
            raise ApiError(f"{what} was answered {answer.status_code}: {without_keys(str(told)[:300])}")
        return data


def models_with(config: dict[str, Any], desired: Wanted) -> dict[str, Any]:
    """The settings of the model providers with ours among them, on top of what a person set for it."""
    listed = _listed(config)
    mine = _mine(listed, desired)
    ours = mine or {"settings": None}
    ours.update(url=desired.models_url, key=desired.key)
    ours["settings"] = {**(ours["settings"] or {}), "enable": True, MARK: desired.name}
    return _config(listed if mine else [*listed, ours], config, enabled=True)


def models_without(config: dict[str, Any], desired: Wanted) -> dict[str, Any]:
    """The settings of the model providers without ours."""
    listed = _listed(config)
    mine = _mine(listed, desired)
    return _config([one for one in listed if one is not mine], config) if mine else config


def tools_with(connections: list[dict[str, Any]], desired: Wanted) -> list[dict[str, Any]]:
    """The tool servers with ours among them, on top of what a person set for it."""
    mine = next((one for one in connections if _is_our_server(one, desired)), {})
    access = EVERYBODY if desired.everybody else [] if desired.everybody is False else None
    settings = mine.get("config") or {"access_grants": []}
    ours = {
        **mine,
        "type": "mcp",
        "url": desired.tools_url,
        "path": "",
        "auth_type": "bearer",
        "key": desired.key,
        "config": {**settings, "enable": True, **({} if access is None else {"access_grants": access})},
        "info": {
            "name": "LiteLLM",
            "description": "The MCP servers behind the gateway",
            **(mine.get("info") or {}),
            "id": desired.name,
        },
    }
    return [ours if one is mine else one for one in connections] if mine else [*connections, ours]


def tools_without(connections: list[dict[str, Any]], desired: Wanted) -> list[dict[str, Any]]:
    """The tool servers without ours."""
    return [one for one in connections if not _is_our_server(one, desired)]


def shown(models: dict[str, Any], tools: list[dict[str, Any]], desired: Wanted) -> dict[str, Any]:
    """What of both lists is ours, as a diff may show it; a key other than the present one says so."""

    def hide(value: str | None) -> str:
        return "" if not value else HIDDEN if value == desired.key else f"{HIDDEN} (another one)"

    mine = _mine(_listed(models), desired)
    server = next((one for one in tools if _is_our_server(one, desired)), None)

    def readable(connection: dict[str, Any] | None) -> dict[str, Any] | None:
        return {**without_secrets(connection), "key": hide(connection.get("key"))} if connection else None

    return {"models": readable(mine), "tools": readable(server)}


def _is_our_server(connection: dict[str, Any], desired: Wanted) -> bool:
    return connection.get("type") == "mcp" and (connection.get("info") or {}).get("id") == desired.name


def _mine(listed: list[dict[str, Any]], desired: Wanted) -> dict[str, Any] | None:
    marks = [(one, (one["settings"] or {}).get(MARK)) for one in listed]
    marked = [one for one, mark in marks if mark == desired.name]
    same = [one for one, mark in marks if mark is None and one["url"].rstrip("/") == desired.models_url]
    return next(iter(marked or (same if desired.gateway_url else [])), None)


def _listed(config: dict[str, Any]) -> list[dict[str, Any]]:
    """The providers one by one; Open WebUI keeps addresses, keys and settings in three places, by number."""
    urls = config.get("OPENAI_API_BASE_URLS") or []
    keys = list(config.get("OPENAI_API_KEYS") or [])
    settings = config.get("OPENAI_API_CONFIGS") or {}
    keys += [""] * (len(urls) - len(keys))
    return [
        # Older ones are filed under the address.
        {"url": url, "key": keys[number], "settings": copy.deepcopy(settings.get(str(number), settings.get(url)))}
        for number, url in enumerate(urls)
    ]


def _config(listed: list[dict[str, Any]], before: dict[str, Any], enabled: bool = False) -> dict[str, Any]:
    settings = {str(number): one["settings"] for number, one in enumerate(listed) if one["settings"] is not None}
    return {
        **before,
        "ENABLE_OPENAI_API": enabled or before.get("ENABLE_OPENAI_API"),
        "OPENAI_API_BASE_URLS": [one["url"] for one in listed],
        "OPENAI_API_KEYS": [one["key"] for one in listed],
        "OPENAI_API_CONFIGS": settings,
    }
