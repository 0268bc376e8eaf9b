# SPDX-License-Identifier: GPL-3.0-or-later
"""Anthropic's SDK for Python, as its documentation uses it; it reads ANTHROPIC_BASE_URL and ANTHROPIC_API_KEY."""

from __future__ import annotations

import json

from anthropic import Anthropic, AsyncAnthropic, beta_tool
from pydantic import BaseModel
from sdk_cases import ARGUMENTS, ATTACHED, CONTENT, DOCUMENT, IMAGE, LETTER, SCHEMA, WANTED, encoded, tell

client = Anthropic(max_retries=0)
PLAIN = {"model": "native-anthropic", "max_tokens": 99, "messages": [{"role": "user", "content": "Hello"}]}
TOOLS = [{"name": "open_letter", "description": "Opens a letter", "input_schema": ARGUMENTS}]


class Answer(BaseModel):
    word: str
    count: int


def plain():
    cached = [{"type": "text", "text": "Be kind.", "cache_control": {"type": "ephemeral"}}]
    made = client.messages.create(**PLAIN, system=cached, metadata={"user_id": "someone"})
    return made.content[0].text


def streaming():
    events = list(client.messages.create(**PLAIN, stream=True))
    return "".join(event.delta.text for event in events if event.type == "content_block_delta")


def streaming_helper():
    with client.messages.stream(**PLAIN) as stream:
        return "".join(stream.text_stream)


def tools():
    messages = [{"role": "user", "content": WANTED}]
    asked = client.messages.create(**PLAIN | {"messages": messages}, tools=TOOLS, tool_choice={"type": "auto"})
    (call,) = [block for block in asked.content if block.type == "tool_use"]
    result = {"type": "tool_result", "tool_use_id": call.id, "content": CONTENT}
    messages += [{"role": "assistant", "content": asked.content}, {"role": "user", "content": [result]}]
    done = client.messages.create(**PLAIN | {"messages": messages}, tools=TOOLS)
    return [call.input, done.content[0].text]


def tools_streaming():
    messages = [{"role": "user", "content": WANTED}]
    with client.messages.stream(**PLAIN | {"messages": messages}, tools=TOOLS) as stream:
        return [block.input for block in stream.get_final_message().content if block.type == "tool_use"]


def tool_runner():
    @beta_tool
    def open_letter(name: str) -> str:
        """Opens a letter.

        Args:
            name: The letter's name
        """
        return CONTENT if name == LETTER else "nothing"

    messages = [{"role": "user", "content": WANTED}]
    runner = client.beta.messages.tool_runner(**PLAIN | {"messages": messages}, tools=[open_letter])
    return runner.until_done().content[0].text


def attachments():
    def source(kind, content):
        return {"type": "base64", "media_type": kind, "data": encoded(content)}

    parts = [
        {"type": "text", "text": ATTACHED},
        {"type": "image", "source": source("image/png", IMAGE)},
        {"type": "document", "source": source("application/pdf", DOCUMENT), "title": "A document"},
    ]
    return client.messages.create(**PLAIN | {"messages": [{"role": "user", "content": parts}]}).content[0].text


def structured():
    form = {"format": {"type": "json_schema", "schema": SCHEMA}}
    made = client.messages.create(**PLAIN | {"model": "stand-in"}, output_config=form)
    return json.loads(made.content[0].text)


def structured_helper():
    made = client.messages.parse(**PLAIN | {"model": "stand-in"}, output_format=Answer)
    return made.parsed_output.model_dump()


def structured_by_anthropics_model():
    form = {"format": {"type": "json_schema", "schema": SCHEMA}}
    return client.messages.create(**PLAIN, output_config=form).content[0].text


def thinking():
    made = client.messages.create(**PLAIN | {"max_tokens": 2000}, thinking={"type": "enabled", "budget_tokens": 1024})
    return made.content[-1].text


def betas():
    made = client.beta.messages.create(**PLAIN, betas=["context-management-2025-06-27", "files-api-2025-04-14"])
    return made.content[0].text


def of_another_api():
    """LiteLLM translates for a model that speaks another API."""
    messages = [{"role": "user", "content": WANTED}]
    asked = client.messages.create(**PLAIN | {"model": "stand-in", "messages": messages}, tools=TOOLS)
    return [block.input for block in asked.content if block.type == "tool_use"]


def count_tokens():
    asked = {"model": PLAIN["model"], "messages": PLAIN["messages"]}
    return client.messages.count_tokens(**asked, system="Be kind.", tools=TOOLS).input_tokens > 0


def models():
    return sorted(each.id for each in client.models.list(limit=20))


async def with_async():
    async with AsyncAnthropic(max_retries=0) as own:
        made = await own.messages.create(**PLAIN)
        async with own.messages.stream(**PLAIN) as stream:
            return [made.content[0].text, (await stream.get_final_message()).content[0].text]


def files():
    return client.beta.files.upload(file=("a.pdf", DOCUMENT, "application/pdf")).id


tell(
    plain,
    streaming,
    streaming_helper,
    tools,
    tools_streaming,
    tool_runner,
    attachments,
    structured,
    structured_helper,
    structured_by_anthropics_model,
    thinking,
    betas,
    of_another_api,
    count_tokens,
    models,
    with_async,
    files,
)
