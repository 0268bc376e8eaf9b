# SPDX-License-Identifier: GPL-3.0-or-later
"""OpenAI's SDK for Python, as its documentation uses it; it reads OPENAI_BASE_URL and OPENAI_API_KEY."""

from __future__ import annotations

import json

from openai import AsyncOpenAI, OpenAI
from pydantic import BaseModel
from sdk_cases import ARGUMENTS, ATTACHED, CONTENT, DOCUMENT, IMAGE, SCHEMA, SOUND, WANTED, encoded, tell

client = OpenAI(max_retries=0)
MODEL = "stand-in"
PLAIN = [{"role": "user", "content": "Hello"}]
FUNCTION = {"name": "open_letter", "description": "Opens a letter", "parameters": ARGUMENTS}
TOOLS = [{"type": "function", "function": FUNCTION}]
FLAT_TOOLS = [{"type": "function", **FUNCTION, "strict": False}]
IMAGE_URL = f"data:image/png;base64,{encoded(IMAGE)}"
DOCUMENT_URL = f"data:application/pdf;base64,{encoded(DOCUMENT)}"


class Answer(BaseModel):
    word: str
    count: int


def plain():
    return (
        client.chat.completions.create(model=MODEL, messages=PLAIN, temperature=0, n=1, user="someone")
        .choices[0]
        .message.content
    )


def streaming():
    options = {"include_usage": True}
    parts = list(client.chat.completions.create(model=MODEL, messages=PLAIN, stream=True, stream_options=options))
    return "".join(part.choices[0].delta.content or "" for part in parts if part.choices)


def streaming_helper():
    with client.chat.completions.stream(model=MODEL, messages=PLAIN) as stream:
        return stream.get_final_completion().choices[0].message.content


def tools():
    messages = [{"role": "user", "content": WANTED}]
    asked = client.chat.completions.create(
        model=MODEL, messages=messages, tools=TOOLS, tool_choice="auto", parallel_tool_calls=False
    )
    message = asked.choices[0].message
    result = {"role": "tool", "tool_call_id": message.tool_calls[0].id, "content": CONTENT}
    messages += [message, result]
    done = client.chat.completions.create(model=MODEL, messages=messages, tools=TOOLS)
    return [json.loads(message.tool_calls[0].function.arguments), done.choices[0].message.content]


def attachments():
    parts = [
        {"type": "text", "text": ATTACHED},
        {"type": "image_url", "image_url": {"url": IMAGE_URL, "detail": "low"}},
        {"type": "file", "file": {"filename": "a.pdf", "file_data": DOCUMENT_URL}},
        {"type": "input_audio", "input_audio": {"data": encoded(SOUND), "format": "wav"}},
    ]
    messages = [{"role": "user", "content": parts}]
    return client.chat.completions.create(model=MODEL, messages=messages).choices[0].message.content


def structured():
    form = {"type": "json_schema", "json_schema": {"name": "answer", "schema": SCHEMA, "strict": True}}
    made = client.chat.completions.create(model=MODEL, messages=PLAIN, response_format=form)
    return json.loads(made.choices[0].message.content)


def structured_helper():
    made = client.chat.completions.parse(model=MODEL, messages=PLAIN, response_format=Answer)
    return made.choices[0].message.parsed.model_dump()


def completions():
    return client.completions.create(model=MODEL, prompt="Hello", max_tokens=9).choices[0].text


def responses():
    made = client.responses.create(model=MODEL, input="Hello", instructions="Be kind.", store=False)
    return made.output_text


def responses_streaming():
    events = list(client.responses.create(model=MODEL, input="Hello", stream=True))
    return "".join(event.delta for event in events if event.type == "response.output_text.delta")


def responses_helper():
    with client.responses.stream(model=MODEL, input="Hello") as stream:
        return stream.get_final_response().output_text


def responses_tools():
    inputs = [{"role": "user", "content": WANTED}]
    asked = client.responses.create(model=MODEL, input=inputs, tools=FLAT_TOOLS)
    (call,) = [item for item in asked.output if item.type == "function_call"]
    inputs += [*asked.output, {"type": "function_call_output", "call_id": call.call_id, "output": CONTENT}]
    done = client.responses.create(model=MODEL, input=inputs, tools=FLAT_TOOLS)
    return [json.loads(call.arguments), done.output_text]


def responses_attachments():
    parts = [
        {"type": "input_text", "text": ATTACHED},
        {"type": "input_image", "image_url": IMAGE_URL, "detail": "auto"},
        {"type": "input_file", "filename": "a.pdf", "file_data": DOCUMENT_URL},
    ]
    return client.responses.create(model=MODEL, input=[{"role": "user", "content": parts}]).output_text


def responses_structured():
    made = client.responses.parse(model=MODEL, input="Hello", text_format=Answer)
    return made.output_parsed.model_dump()


def responses_previous():
    first = client.responses.create(model=MODEL, input="Hello")
    return client.responses.create(model=MODEL, input="And?", previous_response_id=first.id).output_text


def embeddings():
    made = client.embeddings.create(model="embedder", input=["one", "three"])
    return [each.embedding for each in made.data]


def embeddings_float():
    return client.embeddings.create(model="embedder", input="one", encoding_format="float").data[0].embedding


def moderations():
    return client.moderations.create(model="moderator", input="harm").results[0].flagged


def transcription():
    sound = ("a.wav", SOUND)
    return client.audio.transcriptions.create(model="listener", file=sound, response_format="json", language="en").text


def transcription_options():
    made = client.audio.transcriptions.create(
        model="listener",
        file=("a.wav", SOUND),
        response_format="verbose_json",
        timestamp_granularities=["word", "segment"],
        temperature=0,
        prompt="A letter",
    )
    return made.text


def translation():
    return client.audio.translations.create(model="listener", file=("a.wav", SOUND)).text


def speech():
    return client.audio.speech.create(
        model="speaker", input="Hello", voice="alloy", response_format="mp3"
    ).content.decode()


def image():
    return client.images.generate(model="painter", prompt="Hello", size="1024x1024", n=1).data[0].b64_json


def image_edit():
    return client.images.edit(model="painter", image=("a.png", IMAGE, "image/png"), prompt="Hello").data[0].b64_json


def image_edit_several():
    images = [("a.png", IMAGE, "image/png"), ("b.png", IMAGE, "image/png")]
    return client.images.edit(model="painter", image=images, prompt="Hello").data[0].b64_json


def models():
    return sorted(each.id for each in client.models.list())


def model():
    return client.models.retrieve(MODEL).id


async def with_async():
    async with AsyncOpenAI(max_retries=0) as own:
        made = await own.chat.completions.create(model=MODEL, messages=PLAIN)
        stream = await own.responses.create(model=MODEL, input="Hello", stream=True)
        said = [event.delta async for event in stream if event.type == "response.output_text.delta"]
        return [made.choices[0].message.content, "".join(said)]


def files():
    return client.files.create(file=("a.pdf", DOCUMENT), purpose="user_data").id


tell(
    plain,
    streaming,
    streaming_helper,
    tools,
    attachments,
    structured,
    structured_helper,
    completions,
    responses,
    responses_streaming,
    responses_helper,
    responses_tools,
    responses_attachments,
    responses_structured,
    responses_previous,
    embeddings,
    embeddings_float,
    moderations,
    transcription,
    transcription_options,
    translation,
    speech,
    image,
    image_edit,
    image_edit_several,
    models,
    model,
    with_async,
    files,
)
