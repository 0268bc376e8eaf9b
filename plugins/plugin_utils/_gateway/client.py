# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP to LiteLLM's admin API: one kept-alive session, safe retries, and errors that are one sentence.

Every write of this collection may be sent twice: the caller chooses the ids (and the values of keys), updates say what
should be there, and a deletion of what is gone is done. That is why lost answers are tried again here for all methods.
"""

from __future__ import annotations

import random
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.module_utils.secret_words import without_keys
from ansible_collections.mcp_lan.litellm.plugins.module_utils.tls_reason import tls_reason
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import ApiError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._tls.trust import context

try:
    import requests
    from requests.adapters import HTTPAdapter
except ImportError:
    requests = None
    REQUESTS_IMPORT_ERROR: str | None = traceback.format_exc()
else:
    REQUESTS_IMPORT_ERROR = None

RETRIED_STATUS = frozenset({429, 502, 503, 504})
LONGEST_PAUSE = 8.0


def _message(body: Any) -> str:
    """The one text in LiteLLM's many shapes of an error."""
    for name in ("error", "detail", "message", "msg"):
        if isinstance(body, dict) and body.get(name):
            return _message(body[name])
    if isinstance(body, list):
        return "; ".join(_message(each) for each in body)
    return " ".join(str(body).split())


if requests:

    class _Adapter(HTTPAdapter):
        """As many connections as there are threads, kept open, and what else urllib3 is told of them."""

        def __init__(self, connections: int, more: dict[str, Any]):
            self._more = more
            super().__init__(pool_connections=1, pool_maxsize=connections, pool_block=True)

        def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
            super().init_poolmanager(*arguments, **named, **self._more)


class Client:
    """The admin API of one gateway. May be used by several threads at once."""

    def __init__(
        self,
        api_url: str,
        master_key: str,
        timeout: float = 30,
        retries: int = 4,
        validate_certs: bool = True,
        ca_path: str | None = None,
        connections: int = 4,
        ca_certificates: str = "",
    ):
        if not api_url.startswith(("http://", "https://")):
            raise ApiError(
                f"api_url must begin with http:// or https://, such as http://linuxserver.lan:4000, not {api_url!r}.",
                code="options_invalid",
            )
        for option, value, fits, what in (
            ("timeout", timeout, timeout > 0, "a number of seconds above 0"),
            ("retries", retries, retries >= 0, "0 or more"),
            ("workers", connections, connections > 0, "1 or more"),
        ):
            if not fits:
                raise ApiError(f"{option} is {value:g}: write {what}.", code="options_invalid")
        self.api_url = api_url.rstrip("/")
        self.timeout = timeout
        self.retries = retries
        self.connections = connections
        self.sent: list[str] = []
        self._master_key = master_key
        self._session = requests.Session()
        # The environment is read once: looking it up for each request costs more than the request's own work.
        environment = self._session.merge_environment_settings(self.api_url, {}, None, validate_certs, None)
        self._session.trust_env = False
        self._session.proxies = environment["proxies"]
        self._session.verify = (ca_path or environment["verify"]) if validate_certs else False
        self._session.headers["Authorization"] = f"Bearer {master_key}"
        self._session.headers["Accept"] = "application/json"
        more: dict[str, Any] = {}
        if validate_certs and api_url.startswith("https://"):
            if ca_path:
                context(ca_path=ca_path)  # refuses a file that is none of certificates
            elif ca_certificates:
                more["ssl_context"] = context(ca_certificates)
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, _Adapter(connections, more))

    def get(self, path: str, **params: Any) -> Any:
        return self._call("GET", path, params=params)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        return self._call("POST", path, json=body)

    def put(self, path: str, body: dict[str, Any]) -> Any:
        return self._call("PUT", path, json=body)

    def patch(self, path: str, body: dict[str, Any]) -> Any:
        return self._call("PATCH", path, json=body)

    def delete(self, path: str, body: dict[str, Any] | None = None) -> Any:
        return self._call("DELETE", path, json=body)

    def pages(
        self, path: str, items: str, page: str, size: str, keep: Callable[[Any], Any] | None = None, **params: Any
    ) -> list[Any]:
        """All items of a paged list: I(page) and I(size) are what this endpoint calls its two parameters.

        Only the first page says how many there are; the others are asked for at the same time. keep: what is kept of an
        item, where all of it would be much.
        """

        def ask(number: int) -> dict[str, Any]:
            return self.get(path, **{**params, page: number, size: 100})

        first = ask(1)
        others = range(2, (first.get("total_pages") or 1) + 1)
        with ThreadPoolExecutor(self.connections) as pool:
            answers = chain([first], pool.map(ask, others))
            return [keep(one) if keep else one for answer in answers for one in answer[items]]

    def close(self) -> None:
        self._session.close()

    def _call(self, method: str, path: str, **arguments: Any) -> Any:
        what = f"{method} {self.api_url}{path}"
        for attempt in range(self.retries + 1):
            last = attempt == self.retries
            self.sent.append(f"{method} {path}")
            try:
                answer = self._session.request(
                    method, self.api_url + path, timeout=self.timeout, allow_redirects=False, **arguments
                )
            except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as error:
                if last:
                    raise ApiError(self._unreachable(error)) from None
            except requests.RequestException as error:
                raise ApiError(f"{what} could not be sent: {self._hide(error)}. Check api_url.") from None
            else:
                if answer.status_code not in RETRIED_STATUS or last:
                    return self._read(what, answer)
            time.sleep(min(LONGEST_PAUSE, 0.25 * 2**attempt) * random.uniform(0.5, 1.0))
        raise AssertionError("unreachable")

    def _read(self, what: str, answer: Any) -> Any:
        if answer.status_code == 401:
            raise ApiError(
                f"The gateway at {self.api_url} refuses the master key: check master_key or LITELLM_MASTER_KEY.",
                401,
                "master_key_refused",
            )
        if answer.status_code >= 300:
            raise ApiError(f"{what} was answered {answer.status_code}: {self._body(answer)}", answer.status_code)
        if not answer.content:
            return None
        try:
            return answer.json()
        except ValueError:
            raise ApiError(
                f"{what} was answered by something that is not a LiteLLM gateway (no JSON): check api_url."
            ) from None

    def _body(self, answer: Any) -> str:
        try:
            text = _message(answer.json())
        except ValueError:
            text = " ".join(answer.text.split())
        return self._hide(text[:600]) or "(nothing)"

    def _hide(self, text: object) -> str:
        return without_keys(str(text), self._master_key)

    def _unreachable(self, error: Exception) -> str:
        if isinstance(error, requests.exceptions.SSLError):
            said = tls_reason(self._hide(error), self.api_url.partition("://")[2])
            return f"{said[0].upper()}{said[1:]}."
        if isinstance(error, requests.Timeout):
            return (
                f"The gateway at {self.api_url} did not answer within {self.timeout:g} s: is it starting or overloaded?"
            )
        if "refused" in str(error).lower():
            return f"Nothing answers at {self.api_url} (connection refused): is the gateway running, is the port right?"
        if "resolve" in str(error).lower() or "name or service" in str(error).lower():
            return f"The host name in {self.api_url} is not known here: check api_url or the name service."
        return f"The connection to the gateway at {self.api_url} was lost: {self._hide(error)[:200]}"


def readiness(client: Client) -> dict[str, Any]:
    """What the gateway says about its health; newer versions tell their number to the master key alone."""
    try:
        answer = client.get("/health/readiness")
    except ApiError as error:
        if error.status == 404:
            raise ApiError(
                f"{client.api_url} is not a LiteLLM gateway, or hides from who has no master key of it (it has no "
                "/health/readiness): check api_url and master_key."
            ) from None
        raise
    if not isinstance(answer, dict) or "status" not in answer:
        raise ApiError(f"{client.api_url} is not a LiteLLM gateway (/health/readiness answers otherwise).")
    if "litellm_version" not in answer:
        answer = client.get("/health/readiness/details")
    return answer
