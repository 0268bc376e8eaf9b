# What the filter asks of LiteLLM itself.
# SPDX-License-Identifier: GPL-3.0-or-later
"""All of it in one place, by the names that LiteLLM 1.77.3 and the newest tested version share."""

from __future__ import annotations

import hashlib
import hmac
import re
import sys
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from mcp_lan_filter.policy import registry
from mcp_lan_filter.server_limits import ServerLimits
from mcp_lan_filter.states import BLOCKED, EXPIRED, THIS_KEY, UNKNOWN, WHOSE, State, over_budget

MODEL = "The model "
PLAIN_ID = re.compile(r"[A-Za-z0-9_=-]{1,512}")


class Gateway:
    """The running LiteLLM."""

    def __init__(self) -> None:
        self.guards: list = []
        """Every guard that LiteLLM has loaded."""
        self.server_limits = ServerLimits(self._query)
        self.cached_models: frozenset[str] = frozenset()
        """Those whose answers are kept for every key."""

    @property
    def server(self):
        return sys.modules["litellm.proxy.proxy_server"]

    def is_guarded(self) -> bool:
        """Whether a guard that was loaded is still among LiteLLM's callbacks."""
        callbacks = sys.modules["litellm"].callbacks
        return any(one is guard for guard in self.guards for one in callbacks)

    def is_master_key(self, key: str | None) -> bool:
        """Whether this is the administrator's key."""
        master = self.server.master_key
        return bool(key and master) and hmac.compare_digest(key.encode(), master.encode())

    def is_front_door(self, secret: bytes | None) -> bool:
        """Whether this is what the front door alone knows: made of the master key, which it does not need then."""
        master = self.server.master_key
        if not (secret and master):
            return False
        return hmac.compare_digest(secret, hashlib.sha256(f"{master}:front-door".encode()).hexdigest().encode())

    def addresses(self) -> list[str]:
        """Where LiteLLM asks its MCP servers, the longest first."""
        urls = [str(server.url) for server in registry().get_registry().values() if server.url]
        places = {part for url in urls for part in (url.rstrip("/"), urlsplit(url).netloc) if part}
        return sorted(places, key=len, reverse=True)

    async def ask_database(self) -> None:
        """Ask the database for nothing; it raises what Prisma's client raises where its engine is gone."""
        client = self.server.prisma_client
        if client is not None:
            await client.db.query_raw("SELECT 1")

    async def _query(self, statement: str, *values):
        return await self.server.prisma_client.db.query_raw(statement, *values)

    async def key(self, key: str):
        """What LiteLLM knows of a key, or None; it raises what LiteLLM raises when its database does not answer."""
        from litellm.proxy._types import ProxyException
        from litellm.proxy.auth.auth_checks import get_key_object

        try:
            return await get_key_object(
                hashed_token=hashlib.sha256(key.encode()).hexdigest(),
                prisma_client=self.server.prisma_client,
                user_api_key_cache=self.server.user_api_key_cache,
                proxy_logging_obj=self.server.proxy_logging_obj,
            )
        except ProxyException as error:
            if getattr(error, "type", "") == "token_not_found_in_db" or str(getattr(error, "code", "")) == "401":
                return None
            raise

    async def alias(self, key: str | None) -> str | None:
        """What a key is called that LiteLLM has just let in, by its memory alone."""
        from litellm.proxy.auth.auth_checks import get_key_object

        if self.is_master_key(key):
            return "(master key)"
        found = key and await get_key_object(
            hashed_token=hashlib.sha256(key.encode()).hexdigest(),
            prisma_client=self.server.prisma_client,
            user_api_key_cache=self.server.user_api_key_cache,
            check_cache_only=True,
        )
        return found.key_alias if found else None

    async def may_use_response(self, key: str | None, identity: str) -> bool:
        """Whether a response's id names a model that the key may use, at that model's own provider."""
        from litellm import get_llm_provider
        from litellm.responses.utils import ResponsesAPIRequestUtils as Ids

        # A public name in newer versions.
        decode = getattr(Ids, "decode_responses_api_response_id", None) or Ids._decode_responses_api_response_id
        said, router = decode(_issued(identity)), self.server.llm_router
        # LiteLLM 1.77.3 puts the provider's own id into the address as it is.
        if not PLAIN_ID.fullmatch(said["response_id"] or ""):
            return False
        deployment = router.get_deployment(model_id=said["model_id"]) if router and said["model_id"] else None
        if deployment is None:
            return False
        parameters = deployment.litellm_params
        provider = parameters.custom_llm_provider or get_llm_provider(model=parameters.model)[1]
        if said["custom_llm_provider"] != provider:
            return False
        return await self.may_use_model(key, deployment.model_name)

    async def may_use_model(self, key: str | None, model: str) -> bool:
        """Whether a request with this key may name the model."""
        if self.is_master_key(key):
            return True
        found = await self.key(key) if key else None
        if found is None:
            return False
        try:
            await self._hold_to_models(found, model)
        except Exception:  # LiteLLM's way to say no, whose class differs between versions
            return False
        return True

    async def _hold_to_models(self, found, model: str) -> None:
        """The key's own list of models, its team's, and where it has none its user's, as LiteLLM holds a request to
        them; it raises what LiteLLM raises.
        """
        from litellm.proxy.auth import auth_checks

        router = self.server.llm_router
        known = {
            "prisma_client": self.server.prisma_client,
            "user_api_key_cache": self.server.user_api_key_cache,
            "proxy_logging_obj": self.server.proxy_logging_obj,
        }
        whole = getattr(auth_checks, "can_key_call_resolved_model", None)  # 1.77.3 has but its parts
        if whole is not None:
            await whole(model=model, llm_model_list=None, valid_token=found, llm_router=router)
        elif "all-team-models" not in (found.models or []):
            await auth_checks.can_key_call_model(model=model, llm_model_list=None, valid_token=found, llm_router=router)
        if found.team_id and whole is None:
            team = await auth_checks.get_team_object(team_id=found.team_id, **known)
            auth_checks.can_team_access_model(
                model=model, team_object=team, llm_router=router, team_model_aliases=found.team_model_aliases
            )
        if found.user_id and not found.team_id:
            user = await auth_checks.get_user_object(user_id=found.user_id, user_id_upsert=False, **known)
            await auth_checks.can_user_call_model(model=model, llm_router=router, user_object=user)

    async def why_refused(self, key: str | None) -> State | None:
        """What is wrong with a key itself; None where nothing is."""
        if self.is_master_key(key):
            return None
        found = await self.key(key) if key and key.startswith("sk-") else None
        if found is None:
            return UNKNOWN
        if found.blocked:
            return BLOCKED
        if found.expires and _time(found.expires) < datetime.now(UTC):
            return EXPIRED
        if found.max_budget is not None and (found.spend or 0) >= found.max_budget:
            return over_budget()
        return None

    async def told(self, state: State, key: str | None) -> State:
        """The state of a budget with how much it is and until when, where LiteLLM knows."""
        if state.kind != "budget_exceeded" or state.until:
            return state
        if state.owner.startswith(MODEL):
            return self._model_budget(state)
        found = await self.key(key) if key and not self.is_master_key(key) else None
        holder, cached = await self._holder(state.owner, found)
        if holder is None or holder.max_budget is None:
            return state
        until = holder.budget_reset_at and _time(holder.budget_reset_at)
        if until and until <= datetime.now(UTC):
            # Its period is over. LiteLLM 1.77.3 holds on to what it has read before for up to a minute.
            for one in (cached, found.token):
                await self.server.user_api_key_cache.async_delete_cache(one)
            return over_budget(state.owner, holder.max_budget, again="in a minute, when its new period has begun")
        again = "" if until else "when it is raised"
        return over_budget(state.owner, holder.max_budget, until, again)

    async def _holder(self, owner: str, found):
        """Whose budget it is, as LiteLLM knows it, and by which name LiteLLM remembers that."""
        from litellm.proxy.auth.auth_checks import get_team_object, get_user_object

        server = self.server
        caches = {"prisma_client": server.prisma_client, "user_api_key_cache": server.user_api_key_cache}
        if found is None:
            return None, ""
        if owner == THIS_KEY:
            return found, found.token
        if owner == WHOSE["team"] and found.team_id:
            return await get_team_object(team_id=found.team_id, **caches), f"team_id:{found.team_id}"
        if owner == WHOSE["user"] and found.user_id:
            return await get_user_object(user_id=found.user_id, user_id_upsert=False, **caches), found.user_id
        return None, ""

    def _model_budget(self, state: State) -> State:
        """LiteLLM keeps what a model has spent in memory, in a period that begins with its first request."""
        from litellm.litellm_core_utils.duration_parser import duration_in_seconds

        router, name = self.server.llm_router, state.owner.removeprefix(MODEL)
        cache, ends, budgets = router.cache, [], []
        for one in router.get_model_list(model_name=name) or []:
            params = one["litellm_params"]
            if params.get("max_budget") is None or not params.get("budget_duration"):
                continue
            budgets.append(params["max_budget"])
            began = cache.in_memory_cache.get_cache(f"deployment_budget_start_time:{one['model_info']['id']}")
            if began:
                lasts = timedelta(seconds=duration_in_seconds(params["budget_duration"]))
                ends.append(datetime.fromtimestamp(float(began), UTC) + lasts)
        return over_budget(state.owner, sum(budgets) if budgets else None, min(ends, default=None))


def _issued(identity: str) -> str:
    """The id inside one that this gateway has issued: newer versions encrypt it, and check themselves whose it is."""
    try:
        from litellm.proxy.hooks.responses_id_security import ResponsesIDSecurity
    except ImportError:
        return identity
    issued = ResponsesIDSecurity()
    return issued._decrypt_response_id(identity)[0] if issued._is_encrypted_response_id(identity) else identity


def _time(value) -> datetime:
    at = value if isinstance(value, datetime) else datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    return at if at.tzinfo else at.replace(tzinfo=UTC)


gateway = Gateway()
