# SPDX-License-Identifier: GPL-3.0-or-later
"""A model for tests: it has the tool called that a user's message needs, and then says what that gave.

It speaks OpenAI's chat completions and responses. "the letter <name>" needs the tool open_letter, "the file <path>" the
tool read_text_file; of several the last one counts. It runs in the gateway's image, which has Python.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# Tool: its argument, and the words of a message that give it.
TOOLS = {
    "open_letter": ("name", re.compile(r"the letter ([0-9a-f]{16})")),
    "read_text_file": ("path", re.compile(r"the file (/[\w./-]*\w)")),
}
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


def wanted(said: str) -> tuple[str, dict]:
    """The tool that was asked for last, and its arguments."""
    found = [(one.start(), tool, name, one[1]) for tool, (name, words) in TOOLS.items() for one in words.finditer(said)]
    _place, tool, name, value = max(found, default=(0, "", "", ""))
    return tool, {name: value}


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
    tool, arguments = wanted(said)
    tools = {str(each.get("name")): each for each in tools_of(asked)}
    offered = [name for name in tools if tool and name.endswith(tool)]
    named = re.findall(rf"[\w-]+{tool}", said) if tool else []
    if not offered and not named:
        return {"text": "Nothing was asked for, or there is no tool that gives it."}
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
    head |= {"parallel_tool_calls": False, "tool_choice": "auto", "tools": [], "error": None}
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


class Handler(BaseHTTPRequestHandler):
    """POST …/chat/completions and …/responses, at once or as a stream."""

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answers = {"completions": chat, "responses": responses}.get(self.path.rstrip("/").rpartition("/")[2])
        if answers is None:
            self.send_error(404)
            return
        whole, parts = answers(asked, next(NUMBERS))
        kind, body = "application/json", json.dumps(whole)
        if asked.get("stream"):
            named = [f"event: {part['type']}\n" if "type" in part else "" for part in parts]
            lines = [f"{name}data: {json.dumps(part)}\n\n" for name, part in zip(named, parts, strict=True)]
            kind, body = "text/event-stream", "".join([*lines, *([] if named[0] else ["data: [DONE]\n\n"])])
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())
        names = [tool.get("name") for tool in tools_of(asked)]
        print(json.dumps({"path": self.path, "does": decide(asked), "tools": names}), flush=True)


if __name__ == "__main__":
    ThreadingHTTPServer(("0.0.0.0", 8000), Handler).serve_forever()
