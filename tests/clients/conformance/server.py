# An MCP server with what the protocol's conformance suite asks a server for; it runs with the SDK 1.30.
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names are the suite's, of @modelcontextprotocol/conformance; what they answer is ours. server.py PORT ADDRESS."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import sys

import mcp.types as types
import uvicorn
from mcp.server.lowlevel import Server
from mcp.server.lowlevel.helper_types import ReadResourceContents
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.applications import Starlette
from starlette.routing import Mount

# One red pixel, and a sound of no length.
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=="
)
WAV = b"RIFF$\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0@\x1f\0\0@\x1f\0\0\1\0\x08\0data\0\0\0\0"
IMAGE = types.ImageContent(type="image", data=base64.b64encode(PNG).decode(), mimeType="image/png")
AUDIO = types.AudioContent(type="audio", data=base64.b64encode(WAV).decode(), mimeType="audio/wav")
NOTHING = {"type": "object", "properties": {}}
DRAFT = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {"address": {"type": "object", "properties": {"street": {"type": "string"}, "city": {"type": "string"}}}},
    "properties": {"name": {"type": "string"}, "address": {"$ref": "#/$defs/address"}},
    "additionalProperties": False,
}
DEFAULTS = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "default": "John Doe"},
        "age": {"type": "integer", "default": 30},
        "score": {"type": "number", "default": 95.5},
        "status": {"type": "string", "enum": ["active", "inactive", "pending"], "default": "active"},
        "verified": {"type": "boolean", "default": True},
    },
}
TITLED = [{"const": f"value{n}", "title": f"Option {n}"} for n in (1, 2, 3)]
ENUMS = {
    "type": "object",
    "properties": {
        "untitledSingle": {"type": "string", "enum": ["option1", "option2", "option3"]},
        "titledSingle": {"type": "string", "oneOf": TITLED},
        "legacyEnum": {"type": "string", "enum": ["opt1", "opt2", "opt3"], "enumNames": ["One", "Two", "Three"]},
        "untitledMulti": {"type": "array", "items": {"type": "string", "enum": ["option1", "option2", "option3"]}},
        "titledMulti": {"type": "array", "items": {"anyOf": TITLED}},
    },
}
PERSON = {
    "type": "object",
    "properties": {"username": {"type": "string"}, "email": {"type": "string"}},
    "required": ["username", "email"],
}
TOOLS = {
    "test_simple_text": NOTHING,
    "test_image_content": NOTHING,
    "test_audio_content": NOTHING,
    "test_embedded_resource": NOTHING,
    "test_multiple_content_types": NOTHING,
    "test_tool_with_logging": NOTHING,
    "test_error_handling": NOTHING,
    "test_tool_with_progress": NOTHING,
    "test_sampling": {"type": "object", "properties": {"prompt": {"type": "string"}}, "required": ["prompt"]},
    "test_elicitation": {"type": "object", "properties": {"message": {"type": "string"}}, "required": ["message"]},
    "test_elicitation_sep1034_defaults": NOTHING,
    "test_elicitation_sep1330_enums": NOTHING,
    "json_schema_2020_12_tool": DRAFT,
}
server = Server("conformance")


def text(said: str) -> types.TextContent:
    return types.TextContent(type="text", text=said)


def resource(uri: str, said: str, kind: str = "text/plain") -> types.EmbeddedResource:
    contents = types.TextResourceContents(uri=uri, mimeType=kind, text=said)
    return types.EmbeddedResource(type="resource", resource=contents)


@server.list_tools()
async def tools() -> list[types.Tool]:
    return [types.Tool(name=name, description=f"Fixture {name}", inputSchema=schema) for name, schema in TOOLS.items()]


async def asked(schema: dict, message: str) -> list[types.TextContent]:
    result = await server.request_context.session.elicit(message, schema)
    return [text(f"Elicitation completed: action={result.action}, content={json.dumps(result.content)}")]


@server.call_tool()
async def call(name: str, arguments: dict) -> list:
    context = server.request_context
    plain = {
        "test_simple_text": [text("Plain text.")],
        "json_schema_2020_12_tool": [text("Taken.")],
        "test_image_content": [IMAGE],
        "test_audio_content": [AUDIO],
        "test_embedded_resource": [resource("test://embedded-resource", "Embedded.")],
        "test_multiple_content_types": [
            text("Several kinds:"),
            IMAGE,
            resource("test://mixed-content-resource", '{"test": "data"}', "application/json"),
        ],
    }
    if name in plain:
        return plain[name]
    if name == "test_tool_with_logging":
        for part in ("begun", "going on", "done"):
            await context.session.send_log_message("info", part, related_request_id=context.request_id)
            await asyncio.sleep(0.05)
        return [text("Logged.")]
    if name == "test_tool_with_progress":
        token = context.meta.progressToken if context.meta else None
        for part in (0, 50, 100):
            if token is not None:
                await context.session.send_progress_notification(
                    token, part, 100, related_request_id=str(context.request_id)
                )
            await asyncio.sleep(0.05)
        return [text("Done.")]
    if name == "test_sampling":
        message = types.SamplingMessage(role="user", content=text(arguments["prompt"]))
        result = await context.session.create_message([message], max_tokens=100, related_request_id=context.request_id)
        return [text(f"LLM response: {getattr(result.content, 'text', '')}")]
    if name == "test_elicitation":
        return await asked(PERSON, arguments["message"])
    if name == "test_elicitation_sep1034_defaults":
        return await asked(DEFAULTS, "Please look at the defaults")
    if name == "test_elicitation_sep1330_enums":
        return await asked(ENUMS, "Please choose")
    raise ValueError("this tool always fails")


@server.list_resources()
async def resources() -> list[types.Resource]:
    return [
        types.Resource(uri="test://static-text", name="text", description="A text", mimeType="text/plain"),
        types.Resource(uri="test://static-binary", name="binary", description="A picture", mimeType="image/png"),
        types.Resource(uri="test://watched-resource", name="watched", description="A text that may change"),
    ]


@server.list_resource_templates()
async def templates() -> list[types.ResourceTemplate]:
    return [types.ResourceTemplate(uriTemplate="test://template/{id}/data", name="data", description="Data by id")]


@server.read_resource()
async def read(uri) -> list[ReadResourceContents]:
    if str(uri) == "test://static-binary":
        return [ReadResourceContents(content=PNG, mime_type="image/png")]
    if str(uri).startswith("test://template/"):
        number = str(uri).split("/")[3]
        content = json.dumps({"id": number, "templateTest": True, "data": f"Data of {number}"})
        return [ReadResourceContents(content=content, mime_type="application/json")]
    return [ReadResourceContents(content="A static text.", mime_type="text/plain")]


@server.subscribe_resource()
async def subscribe(uri) -> None:
    pass


@server.unsubscribe_resource()
async def unsubscribe(uri) -> None:
    pass


@server.set_logging_level()
async def level(level) -> None:
    pass


@server.completion()
async def complete(ref, argument, context) -> types.Completion:
    return types.Completion(values=["paris", "park", "party"], total=3, hasMore=False)


def argument(name: str) -> types.PromptArgument:
    return types.PromptArgument(name=name, description=f"The argument {name}", required=True)


@server.list_prompts()
async def prompts() -> list[types.Prompt]:
    return [
        types.Prompt(name="test_simple_prompt", description="Without arguments", arguments=[]),
        types.Prompt(
            name="test_prompt_with_arguments", description="With two", arguments=[argument("arg1"), argument("arg2")]
        ),
        types.Prompt(
            name="test_prompt_with_embedded_resource",
            description="With a resource",
            arguments=[argument("resourceUri")],
        ),
        types.Prompt(name="test_prompt_with_image", description="With a picture", arguments=[]),
    ]


@server.get_prompt()
async def prompt(name: str, arguments: dict | None) -> types.GetPromptResult:
    given = arguments or {}
    said = {
        "test_simple_prompt": [text("A simple prompt.")],
        "test_prompt_with_arguments": [text(f"With arg1='{given.get('arg1')}', arg2='{given.get('arg2')}'")],
        "test_prompt_with_embedded_resource": [
            resource(given.get("resourceUri", "test://none"), "Embedded in a prompt."),
            text("Please read it."),
        ],
        "test_prompt_with_image": [IMAGE, text("Please look at it.")],
    }[name]
    return types.GetPromptResult(messages=[types.PromptMessage(role="user", content=part) for part in said])


manager = StreamableHTTPSessionManager(server)


@contextlib.asynccontextmanager
async def lifespan(_app):
    async with manager.run():
        yield


application = Starlette(routes=[Mount("/", app=manager.handle_request)], lifespan=lifespan)
uvicorn.run(application, host=sys.argv[2], port=int(sys.argv[1]), log_level="warning")
