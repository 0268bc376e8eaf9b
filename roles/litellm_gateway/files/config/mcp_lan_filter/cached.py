# Whose answers LiteLLM keeps, and for whom.
# SPDX-License-Identifier: GPL-3.0-or-later
"""LiteLLM finds a kept answer by what was asked, whoever asks (get_cache_key in litellm/caching/caching.py): what one
key was told, another one would be as well. So each key has a namespace of its own, unless it is to share it.

Answers are kept where C(metadata.mcp_lan.cache) of the key says so, and where the model is one of those of the list.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

# What LiteLLM calls the requests whose answers it can keep, in older and in newer versions.
CACHED = ("completion", "acompletion", "text_completion", "atext_completion", "embeddings", "embedding", "aembedding")
SHARED = "mcp_lan_shared"


def ask_to_keep(key, data: dict, models: Collection[str]) -> None:
    """Have LiteLLM keep the answer to a request and look for one, or neither. key: its UserAPIKeyAuth."""
    mark = (key.metadata or {}).get("mcp_lan")
    wanted = mark.get("cache") if isinstance(mark, Mapping) else None
    wanted = wanted if isinstance(wanted, Mapping) else {}
    if not (wanted or data.get("model") in models):
        # Somebody else's way to ask for it, which knows no keys.
        if isinstance(data.get("cache"), dict):
            data["cache"]["namespace"] = str(key.token or key.api_key)
        return
    data["cache"] = {
        "use-cache": True,
        "namespace": SHARED if wanted.get("shared") is True else str(key.token or key.api_key),
        **({"ttl": int(wanted["ttl"])} if wanted.get("ttl") else {}),
    }
