# SPDX-License-Identifier: GPL-3.0-or-later
"""Google's SDK for Python, as its documentation uses it; it reads GOOGLE_GEMINI_BASE_URL and GEMINI_API_KEY."""

from __future__ import annotations

import sys

from google import genai
from google.genai import types
from pydantic import BaseModel
from sdk_cases import ARGUMENTS, ATTACHED, CONTENT, DOCUMENT, IMAGE, LETTER, SCHEMA, WANTED, tell

client = genai.Client()
MODEL = sys.argv[1]
FUNCTION = {"name": "open_letter", "description": "Opens a letter", "parameters_json_schema": ARGUMENTS}
TOOLS = [types.Tool(function_declarations=[FUNCTION])]


class Answer(BaseModel):
    word: str
    count: int


def open_letter(name: str) -> str:
    """Opens a letter."""
    return CONTENT if name == LETTER else "nothing"


def plain():
    config = types.GenerateContentConfig(
        system_instruction="Be kind.",
        temperature=0,
        max_output_tokens=99,
        safety_settings=[{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}],
    )
    return client.models.generate_content(model=MODEL, contents="Hello", config=config).text


def streaming():
    parts = client.models.generate_content_stream(model=MODEL, contents="Hello")
    return "".join(part.text or "" for part in parts)


def chat():
    talk = client.chats.create(model=MODEL)
    talk.send_message("Hello")
    return talk.send_message("And?").text


def tools():
    config = types.GenerateContentConfig(tools=TOOLS)
    asked = client.models.generate_content(model=MODEL, contents=WANTED, config=config)
    return [call.args for call in asked.function_calls or []]


def tools_result():
    contents = [
        types.UserContent(WANTED),
        types.ModelContent(types.Part.from_function_call(name="open_letter", args={"name": LETTER})),
        types.UserContent(types.Part.from_function_response(name="open_letter", response={"result": CONTENT})),
    ]
    config = types.GenerateContentConfig(tools=TOOLS)
    return client.models.generate_content(model=MODEL, contents=contents, config=config).text


def tools_automatic():
    config = types.GenerateContentConfig(tools=[open_letter])
    return client.models.generate_content(model=MODEL, contents=WANTED, config=config).text


def attachments():
    parts = [
        ATTACHED,
        types.Part.from_bytes(data=IMAGE, mime_type="image/png"),
        types.Part.from_bytes(data=DOCUMENT, mime_type="application/pdf"),
    ]
    return client.models.generate_content(model=MODEL, contents=parts).text


def structured():
    config = types.GenerateContentConfig(response_mime_type="application/json", response_json_schema=SCHEMA)
    return client.models.generate_content(model=MODEL, contents="Hello", config=config).text


def structured_helper():
    config = types.GenerateContentConfig(response_mime_type="application/json", response_schema=Answer)
    return client.models.generate_content(model=MODEL, contents="Hello", config=config).text


def thinking():
    config = types.GenerateContentConfig(thinking_config=types.ThinkingConfig(thinking_budget=0))
    return client.models.generate_content(model=MODEL, contents="Hello", config=config).text


def count_tokens():
    return client.models.count_tokens(model=MODEL, contents="Hello").total_tokens > 0


def embeddings():
    return client.models.embed_content(model="embedder", contents="one").embeddings[0].values


def models():
    return sorted(each.name for each in client.models.list())


async def with_async():
    async with client.aio as own:
        made = await own.models.generate_content(model=MODEL, contents="Hello")
        stream = await own.models.generate_content_stream(model=MODEL, contents="Hello")
        return [made.text, "".join([part.text or "" async for part in stream])]


def files():
    return client.files.upload(file=__file__, config={"mime_type": "text/plain"}).name


tell(
    plain,
    streaming,
    chat,
    tools,
    tools_result,
    tools_automatic,
    attachments,
    structured,
    structured_helper,
    thinking,
    count_tokens,
    embeddings,
    models,
    with_async,
    files,
)
