# SPDX-License-Identifier: GPL-3.0-or-later
"""A model for tests: it has the tool called that a user's message needs, and then says what that gave.

It speaks OpenAI's chat completions and responses, Anthropic's messages and Google's generateContent. "the letter
<name>" needs the tool open_letter, "the file <path>" the tool read_text_file, "the tables of the schema <name>" the
tool list_objects; of several the last one counts. Asked for "what is attached" it says the digest of each image and
file, and asked for a JSON schema it fills that in. Of sound, images, embeddings and an order it makes the least that is
one, out of what it was given. Any response is one that it has kept. It runs in the gateway's image, which has Python.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import re
import struct
from collections.abc import Iterator
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# Tool: its argument, and the words of a message that give it.
TOOLS = {
    "open_letter": ("name", re.compile(r"the letter ([0-9a-f]{16})")),
    "read_text_file": ("path", re.compile(r"the file (/[\w./-]*\w)")),
    "list_objects": ("schema_name", re.compile(r"the tables of the schema (\w+)")),
}
# Data in a message: an address of its own (data:…), or a field, as of sound and of Anthropic's images.
ATTACHED = re.compile(r'(?:;base64,|"data": ")([A-Za-z0-9+/_-]+=*)')
FILLED = {"string": "filled", "integer": 7, "number": 7.5, "boolean": True}
NUMBERS = itertools.count(1)
USAGE = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
COUNTED = {
    "input_tokens": 1,
    "input_tokens_details": {"cached_tokens": 0},
    "output_tokens": 1,
    "output_tokens_details": {"reasoning_tokens": 0},
    "total_tokens": 2,
}


def text_of(content) -> str:
    """The text of a message's content, which is text or a list of parts."""
    if isinstance(content, str):
        return content
    return " ".join(str(part.get("text", "")) for part in content or [] if isinstance(part, dict))


def tools_of(asked: dict) -> Iterator[dict]:
    """Every tool that was offered: chat's form, responses' form, or inside a namespace."""
    for tool in asked.get("tools") or []:
        if tool.get("type") == "namespace":
            yield from ({**each, "namespace": tool["name"]} for each in tool["tools"])
        else:
            yield tool.get("function") or tool


def desired(said: str) -> tuple[str, dict]:
    """The tool that was asked for last, and its arguments."""
    found = [(one.start(), tool, name, one[1]) for tool, (name, words) in TOOLS.items() for one in words.finditer(said)]
    _place, tool, name, value = max(found, default=(0, "", "", ""))
    return tool, {name: value}


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def filled(schema: dict):
    """A value that a JSON schema allows."""
    kind = str(schema.get("type")).lower()
    if kind == "object":
        return {name: filled(inner) for name, inner in schema["properties"].items()}
    return [filled(schema["items"])] if kind == "array" else FILLED.get(kind)


def schema_of(asked: dict) -> dict | None:
    """The schema that the answer has to be of: chat's field, that of responses, or that of Anthropic's messages."""
    chats = (asked.get("response_format") or {}).get("json_schema") or {}
    others = asked.get("text") or asked.get("output_config") or {}
    return chats.get("schema") or (others.get("format") or {}).get("schema")


def without_tools(asked: dict, messages: list, said: str) -> str:
    """What it says where no tool is needed."""
    if "what is attached" in said:
        return " ".join(digest(base64.urlsafe_b64decode(each)) for each in ATTACHED.findall(json.dumps(messages)))
    if schema := schema_of(asked):
        return json.dumps(filled(schema))
    return "Nothing was asked for, or there is no tool that gives it."


def decide(asked: dict) -> dict:
    """What the model does next: a call {name, arguments}, or {text}."""
    messages = asked["messages"] if "messages" in asked else asked["input"]
    if isinstance(messages, str):
        messages = [{"role": "user", "content": messages}]
    last = messages[-1]
    given = None
    if last.get("role") == "tool" or last.get("type") == "function_call_output":
        given = text_of(last.get("content") or last.get("output"))
        if "<functions>" not in given:
            return {"text": f"It says: {given}"}
    said = " ".join(text_of(each.get("content")) for each in messages if each.get("role") == "user")
    tool, arguments = desired(said)
    tools = {str(each.get("name")): each for each in tools_of(asked)}
    offered = [name for name in tools if tool and name.endswith(tool)]
    named = re.findall(rf"[\w-]+{tool}", said) if tool else []
    if not offered and not named:
        return {"text": without_tools(asked, messages, said)}
    if offered:
        namespace = {key: value for key, value in tools[offered[0]].items() if key == "namespace"}
        return {"name": offered[0], "arguments": json.dumps(arguments), **namespace}
    # Some programs name the servers' tools in a message only, to be looked up and then called through another tool.
    if given is None:
        return {"name": "tool_search", "arguments": json.dumps({"query": f"select:{named[0]}"})}
    return {"name": "tool_call", "arguments": json.dumps({"name": named[0], "arguments": arguments})}


def chat(asked: dict, number: int) -> tuple[dict, list[dict]]:
    """A chat completion, and the same as the parts of a stream."""
    does = decide(asked)
    if "text" in does:
        message, ends = {"role": "assistant", "content": does["text"]}, "stop"
        delta = message
    else:
        call = {"id": f"call_{number}", "type": "function", "function": does}
        message, ends = {"role": "assistant", "content": None, "tool_calls": [call]}, "tool_calls"
        delta = {"role": "assistant", "tool_calls": [{"index": 0, **call}]}
    head = {"id": f"chatcmpl-{number}", "created": 1, "model": asked["model"]}
    whole = {"choices": [{"index": 0, "message": message, "finish_reason": ends}], "usage": USAGE}
    parts = [
        {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]},
        {"choices": [{"index": 0, "delta": {}, "finish_reason": ends}]},
        {"choices": [], "usage": USAGE},
    ]
    streamed = [{**head, "object": "chat.completion.chunk", **part} for part in parts]
    return {**head, "object": "chat.completion", **whole}, streamed


def responses(asked: dict, number: int) -> tuple[dict, list[dict]]:
    """A response, and the same as the events of a stream."""
    does = decide(asked)
    if "text" in does:
        part = {"type": "output_text", "text": does["text"], "annotations": []}
        item = {"type": "message", "id": f"msg_{number}", "role": "assistant", "status": "completed", "content": [part]}
        where = {"item_id": item["id"], "output_index": 0, "content_index": 0}
        between = [
            {"type": "response.content_part.added", **where, "part": {**part, "text": ""}},
            {"type": "response.output_text.delta", **where, "delta": does["text"]},
            {"type": "response.output_text.done", **where, "text": does["text"]},
            {"type": "response.content_part.done", **where, "part": part},
        ]
        empty = {**item, "status": "in_progress", "content": []}
    else:
        item = {"type": "function_call", "id": f"fc_{number}", "status": "completed"}
        item |= {"call_id": f"call_{number}", **does}
        where = {"item_id": item["id"], "output_index": 0}
        between = [
            {"type": "response.function_call_arguments.delta", **where, "delta": does["arguments"]},
            {"type": "response.function_call_arguments.done", **where, "arguments": does["arguments"]},
        ]
        empty = {**item, "status": "in_progress", "arguments": ""}
    head = {"id": f"resp_{number}", "object": "response", "created_at": 1, "model": asked["model"]}
    head |= {
        "temperature": 1.0,
        "top_p": 1.0,
        "parallel_tool_calls": False,
        "tool_choice": "auto",
        "tools": [],
        "error": None,
    }
    whole = {**head, "status": "completed", "output": [item], "usage": COUNTED}
    begun = {**head, "status": "in_progress", "output": [], "usage": None}
    events = [
        {"type": "response.created", "response": begun},
        {"type": "response.output_item.added", "output_index": 0, "item": empty},
        *between,
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.completed", "response": whole},
    ]
    return whole, [{**event, "sequence_number": place} for place, event in enumerate(events)]


def as_chat(message: dict) -> dict:
    """A message of Anthropic's as chat has it: the result of a tool is a message of its own kind there."""
    parts = message["content"] if isinstance(message["content"], list) else []
    results = [part for part in parts if part["type"] == "tool_result"]
    return {"role": "tool", "content": results[-1].get("content")} if results else message


def messages(asked: dict, number: int) -> tuple[dict, list[dict]]:
    """A message of Anthropic's API, and the same as the events of a stream."""
    asked["messages"] = [as_chat(each) for each in asked["messages"]]
    does = decide(asked)
    if "text" in does:
        block, ends = {"type": "text", "text": does["text"]}, "end_turn"
        empty, delta = {**block, "text": ""}, {"type": "text_delta", "text": does["text"]}
    else:
        tool = {"type": "tool_use", "id": f"toolu_{number}", "name": does["name"]}
        block, ends = {**tool, "input": json.loads(does["arguments"])}, "tool_use"
        empty, delta = {**tool, "input": {}}, {"type": "input_json_delta", "partial_json": does["arguments"]}
    usage = {"input_tokens": 1, "output_tokens": 1}
    whole = {"id": f"msg_{number}", "type": "message", "role": "assistant", "model": asked["model"]}
    whole |= {"content": [block], "stop_reason": ends, "stop_sequence": None, "usage": usage}
    end = {"stop_reason": ends, "stop_sequence": None}
    return whole, [
        {"type": "message_start", "message": {**whole, "content": [], "stop_reason": None}},
        {"type": "content_block_start", "index": 0, "content_block": empty},
        {"type": "content_block_delta", "index": 0, "delta": delta},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": end, "usage": usage},
        {"type": "message_stop"},
    ]


def of_google(content: dict) -> dict:
    """A content of Google's API as chat has it."""
    results = [part["functionResponse"]["response"] for part in content["parts"] if "functionResponse" in part]
    if results:
        return {"role": "tool", "content": results[-1]["result"]}
    return {"role": content.get("role", "user"), "content": content["parts"]}


def generate_content(asked: dict, number: int) -> tuple[dict, list[dict]]:
    """An answer of Google's API, and the same as the parts of a stream."""
    asked["messages"] = [of_google(each) for each in asked["contents"]]
    asked["tools"] = [each for tool in asked.get("tools") or [] for each in tool["functionDeclarations"]]
    config = asked.get("generationConfig") or {}
    schema = config.get("responseJsonSchema") or config.get("responseSchema")
    asked["response_format"] = {"json_schema": {"schema": schema}}
    does = decide(asked)
    if "text" in does:
        part = {"text": does["text"]}
    else:
        part = {"functionCall": {"name": does["name"], "args": json.loads(does["arguments"])}}
    candidate = {"index": 0, "content": {"role": "model", "parts": [part]}, "finishReason": "STOP"}
    usage = {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2}
    whole = {"responseId": f"google_{number}", "candidates": [candidate], "usageMetadata": usage}
    return whole, [whole]


def form(kind: str, body: bytes) -> dict:
    """The fields of a form, files as bytes."""
    parts = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + body).get_payload()
    return {part.get_param("name", header="content-disposition"): part.get_payload(decode=True) for part in parts}


def embeddings(asked: dict) -> dict:
    """For each text its length, and 1."""
    texts = asked["input"] if isinstance(asked["input"], list) else [asked["input"]]
    vectors = [[float(len(text)), 1.0] for text in texts]
    if asked.get("encoding_format") == "base64":
        vectors = [base64.b64encode(struct.pack("<2f", *vector)).decode() for vector in vectors]
    data = [{"object": "embedding", "index": place, "embedding": each} for place, each in enumerate(vectors)]
    return {"object": "list", "model": asked["model"], "data": data, "usage": {"prompt_tokens": 1, "total_tokens": 1}}


def moderations(asked: dict) -> dict:
    flagged = "harm" in json.dumps(asked["input"])
    result = {"flagged": flagged, "categories": {"violence": flagged}, "category_scores": {"violence": float(flagged)}}
    return {"id": "modr-1", "model": asked["model"], "results": [result]}


def heard(asked: dict) -> dict:
    return {"text": digest(asked["file"])}


def drawn(asked: dict) -> dict:
    """An "image": the digest of the image that was given, or of the prompt."""
    given = asked.get("image") or asked.get("image[]") or asked["prompt"].encode()
    return {"created": 1, "data": [{"b64_json": base64.b64encode(digest(given).encode()).decode()}]}


def ranked(asked: dict) -> dict:
    """In the order in which they were given."""
    results = [{"index": place, "relevance_score": 0.5} for place, _text in enumerate(asked["documents"])]
    return {"id": "rerank-1", "results": results, "meta": {"billed_units": {"search_units": 1}}}


def spoken(asked: dict) -> bytes:
    return digest(asked["input"].encode()).encode()


STREAMED = {"completions": chat, "responses": responses, "messages": messages}
STREAMED |= {"generateContent": generate_content, "streamGenerateContent": generate_content}


def counted(asked: dict) -> dict:
    """Google's count of the tokens of a request, of which each content is one."""
    return {"totalTokens": len(asked["contents"])}


AT_ONCE = {"embeddings": embeddings, "countTokens": counted, "moderations": moderations, "speech": spoken}
AT_ONCE |= {"transcriptions": heard, "generations": drawn, "edits": drawn, "rerank": ranked}


class Handler(BaseHTTPRequestHandler):
    """The paths of the APIs; those of conversations at once or as a stream."""

    def do_GET(self):
        what = self.path.partition("?")[0].rpartition("/")[2]
        items = {"object": "list", "data": [], "first_id": None, "last_id": None, "has_more": False}
        listed = {"input_items": items, "models": {"object": "list", "data": [{"id": "stand-in", "object": "model"}]}}
        self.reply_json(listed.get(what) or self.kept(what))

    def do_DELETE(self):
        self.reply_json({"id": self.path.rpartition("/")[2], "object": "response", "deleted": True})

    @staticmethod
    def kept(identity: str) -> dict:
        return responses({"model": "stand-in", "input": ""}, 0)[0] | {"id": identity}

    def do_POST(self):
        body, kind = self.rfile.read(int(self.headers["Content-Length"] or 0)), self.headers["Content-Type"]
        if self.path.endswith("/cancel"):
            self.reply_json(self.kept(self.path.split("/")[-2]))
            return
        asked = form(kind, body) if kind.startswith("multipart/") else json.loads(body)
        # Google's API writes what to do after a colon, and how to answer in the query.
        name = re.split("[/:]", self.path.partition("?")[0].rstrip("/"))[-1]
        if name in AT_ONCE:
            made = AT_ONCE[name](asked)
            self.reply("audio/mpeg", made) if isinstance(made, bytes) else self.reply_json(made)
        elif name in STREAMED:
            asked["stream"] = asked.get("stream") or name.startswith("stream")
            self.converse(asked, *STREAMED[name](asked, next(NUMBERS)))
        else:
            self.send_error(404)

    def converse(self, asked: dict, whole: dict, parts: list[dict]):
        if asked.get("stream"):
            named = [f"event: {part['type']}\n" if "type" in part else "" for part in parts]
            lines = [f"{name}data: {json.dumps(part)}\n\n" for name, part in zip(named, parts, strict=True)]
            last = ["data: [DONE]\n\n"] if "choices" in whole else []
            self.reply("text/event-stream", "".join([*lines, *last]).encode())
        else:
            self.reply_json(whole)
        names = [tool.get("name") for tool in tools_of(asked)]
        print(json.dumps({"path": self.path, "does": decide(asked), "tools": names}), flush=True)

    def reply_json(self, value: dict):
        self.reply("application/json", json.dumps(value).encode())

    def reply(self, kind: str, body: bytes):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    ThreadingHTTPServer(("0.0.0.0", 8000), Handler).serve_forever()
