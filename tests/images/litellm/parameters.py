# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs inside the image: what LiteLLM itself says are its own parameters, as JSON; and those of the OpenAI package.

A table that a version does not have is empty.
"""

from __future__ import annotations

import importlib
import json
import re
from pathlib import Path

import litellm
from openai.types import (
    completion_create_params,
    embedding_create_params,
    image_edit_params,
    image_generate_params,
    moderation_create_params,
)
from openai.types.audio import speech_create_params, transcription_create_params
from openai.types.chat import completion_create_params as chat
from openai.types.responses import response_create_params

# The list's name for a body, and the type that OpenAI's package has for it.
PUBLIC = {
    "chat": chat.CompletionCreateParamsBase,
    "completions": completion_create_params.CompletionCreateParamsBase,
    "embeddings": embedding_create_params.EmbeddingCreateParams,
    "moderations": moderation_create_params.ModerationCreateParams,
    "responses": response_create_params.ResponseCreateParamsBase,
    "image_generation": image_generate_params.ImageGenerateParamsBase,
    "image_edit": image_edit_params.ImageEditParamsBase,
    "speech": speech_create_params.SpeechCreateParams,
    "transcription": transcription_create_params.TranscriptionCreateParamsBase,
}
TABLES = {
    "parameters": [
        ("types.utils", "all_litellm_params"),
        ("types.router", "GenericLiteLLMParams"),
        ("types.router", "LiteLLMParamsTypedDict"),
        ("constants", "DEFAULT_CHAT_COMPLETION_PARAM_VALUES"),
        ("proxy.litellm_pre_call_utils", "_UNTRUSTED_ROOT_CONTROL_FIELDS"),
    ],
    "elsewhere": [
        ("types.router", "CredentialLiteLLMParams"),
        ("types.router", "ConfigurableClientsideParamsCustomAuth"),
        ("router_utils.clientside_credential_handler", "clientside_credential_keys"),
        ("proxy.auth.auth_utils", "_BANNED_REQUEST_BODY_PARAMS"),
    ],
    "logging": [("types.utils", "StandardCallbackDynamicParams")],
    "cost": [("types.router", "CustomPricingLiteLLMParams"), ("types.utils", "CustomPricingLiteLLMParams")],
    "metadata": [
        ("types.utils", "StandardLoggingMetadata"),
        ("proxy.litellm_pre_call_utils", "LITELLM_TRACE_CONTROL_METADATA_FIELDS"),
        ("proxy.litellm_pre_call_utils", "_UNTRUSTED_METADATA_CONTROL_FIELDS"),
        ("proxy.litellm_pre_call_utils", "_ROUTER_RESERVED_METADATA_FIELDS"),
    ],
    "headers": [("proxy.litellm_pre_call_utils", "UNTRUSTED_REQUEST_HEADER_CONTROL_FIELDS")],
}


def names(module: str, table: str) -> set[str]:
    found = getattr(importlib.import_module(f"litellm.{module}"), table, ())
    if isinstance(found, type):
        return set(found.model_fields if hasattr(found, "model_fields") else found.__annotations__)
    return set(found)


def read_headers() -> set[str]:
    """The headers of its own that a version's proxy names anywhere, those of its answers among them."""
    proxy = Path(litellm.__file__).parent / "proxy"
    texts = (file.read_text(encoding="utf-8") for file in proxy.rglob("*.py"))
    return {name for text in texts for name in re.findall(r"[\"'](x-litellm-[a-z-]+)[\"']", text)}


def tables() -> dict[str, object]:
    found = {kind: set().union(*(names(*each) for each in listed)) for kind, listed in TABLES.items()}
    found["headers"] |= read_headers()
    public = {body: sorted(each.__annotations__) for body, each in PUBLIC.items()}
    return {**{kind: sorted(listed) for kind, listed in found.items()}, "public": public}


print(json.dumps(tables()))
