# SPDX-License-Identifier: GPL-3.0-or-later
"""A model for tests: it asks for the tool that reads a file, and then says what the file holds. OpenAI's chat API."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def answer(asked: dict) -> dict:
    """The message that follows these messages."""
    last = asked["messages"][-1]
    if last["role"] == "tool":
        return {"role": "assistant", "content": f"The file says: {last['content']}"}
    for tool in asked.get("tools") or []:
        name = tool["function"]["name"]
        if name.endswith("read_text_file"):
            call = {"name": name, "arguments": json.dumps({"path": "/data/welcome.txt"})}
            return {"role": "assistant", "tool_calls": [{"id": "call_1", "type": "function", "function": call}]}
    return {"role": "assistant", "content": "There is no tool that reads files."}


class Handler(BaseHTTPRequestHandler):
    """One completion, at once or as a stream of one part."""

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        message = answer(asked)
        ends = "tool_calls" if "tool_calls" in message else "stop"
        head = {"id": "one", "created": 1, "model": asked["model"]}
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        if asked.get("stream"):
            calls = [{"index": 0, **call} for call in message.get("tool_calls", [])]
            delta = {**message, **({"tool_calls": calls} if calls else {})}
            parts = [
                {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]},
                {"choices": [{"index": 0, "delta": {}, "finish_reason": ends}], "usage": usage},
            ]
            lines = [json.dumps({**head, "object": "chat.completion.chunk", **part}) for part in parts]
            kind, body = "text/event-stream", "".join(f"data: {line}\n\n" for line in [*lines, "[DONE]"])
        else:
            choice = {"index": 0, "message": message, "finish_reason": ends}
            kind, body = (
                "application/json",
                json.dumps(
                    {
                        **head,
                        "object": "chat.completion",
                        "choices": [choice],
                        "usage": usage,
                    }
                ),
            )
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())


if __name__ == "__main__":
    ThreadingHTTPServer(("0.0.0.0", 8000), Handler).serve_forever()
