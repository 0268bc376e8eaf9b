#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# npm @anthropic-ai/claude-code 2.1.332, @openai/codex 0.171.0 and @google/gemini-cli 0.61.0, the tools of one MCP server over
#   stdio, and a stand-in for their models that calls each tool and writes down what it is told.
# Behaviour: where an answer has words and a structure, the models of Claude Code and Codex get the structure alone, and
#   Gemini's the words alone; a structure without words is an empty answer there. Beside a structure Codex drops an image, which
#   Claude Code keeps. Of a failed call Claude Code hands on the words, Codex the structure, and Gemini CLI all of it. A large
#   number in a structure changes in all but Codex. What is said to be for the user alone goes to all three models.
# A good guess: what a tool answers is what the model reads, whichever program asked.
# Seen: as below; a server is heard in full only where its words say all that its structure does.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"
node_packages @anthropic-ai/claude-code@2.1.332 @openai/codex@0.171.0 @google/gemini-cli@0.61.0

cat >expected <<'EOF2'
Claude Code, words and structure: structure with another number
Claude Code, structure: structure with another number
Claude Code, image and structure: structure with another number, image
Claude Code, failed: words
Claude Code, for the user: words
Codex, words and structure: structure
Codex, structure: structure
Codex, image and structure: structure
Codex, failed: structure
Codex, for the user: words
Gemini CLI, words and structure: words
Gemini CLI, structure: nothing
Gemini CLI, image and structure: image
Gemini CLI, failed: words, structure with another number
Gemini CLI, for the user: words
EOF2

cat >server.py <<'EOF2'
import json, sys

words = {"type": "text", "text": "in words"}
structure = {"id": 2**53 + 1}
data = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
image = {"type": "image", "data": data, "mimeType": "image/png"}
answers = {
    "words_and_structure": {"content": [words], "structuredContent": structure},
    "structure": {"content": [], "structuredContent": structure},
    "image_and_structure": {"content": [image], "structuredContent": structure},
    "failed": {"content": [words], "structuredContent": structure, "isError": True},
    "for_the_user": {"content": [{**words, "annotations": {"audience": ["user"]}}]},
}
for line in sys.stdin if __name__ == "__main__" else ():
    message = json.loads(line)
    answer = {}
    if message["method"] == "initialize":
        answer = {"protocolVersion": message["params"]["protocolVersion"], "capabilities": {"tools": {}},
                  "serverInfo": {"name": "probe", "version": "1"}}
    if message["method"] == "tools/list":
        answer = {"tools": [{"name": name, "inputSchema": {"type": "object"}} for name in answers]}
    if message["method"] == "tools/call":
        answer = answers[message["params"]["name"]]
    if "id" in message:
        print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": answer}), flush=True)
EOF2
cat >model.py <<'EOF2'
import json, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from server import answers, data

marks = {"words": "in words", "structure": str(2**53 + 1), "structure with another number": str(2**53), "image": data}


def tell(program, told):
    with open("seen", "a") as file:
        for name in told and answers:
            text = json.dumps(told[name])
            parts = ", ".join(each for each, mark in marks.items() if mark in text)
            print(f"{program}, {name.replace('_', ' ')}:", parts or "nothing", file=file)


def claude(asked):
    last = asked["messages"][-1]["content"]
    told = {part["tool_use_id"]: part for part in last if "tool_use_id" in part} if isinstance(last, list) else {}
    tell("Claude Code", told)
    calls = [{"type": "tool_use", "id": name, "name": f"mcp__probe__{name}", "input": {}} for name in answers]
    calls = calls if asked.get("tools") and not told else [{"type": "text", "text": "Done."}]
    usage = {"input_tokens": 1, "output_tokens": 1}
    message = {"id": "m", "type": "message", "role": "assistant", "model": "any", "content": [], "usage": usage}
    yield {"type": "message_start", "message": message}
    for index, block in enumerate(calls):
        start = {**block, "text": ""} if "text" in block else block
        yield {"type": "content_block_start", "index": index, "content_block": start}
        if "text" in block:
            yield {"type": "content_block_delta", "index": index, "delta": {"type": "text_delta", "text": block["text"]}}
        yield {"type": "content_block_stop", "index": index}
    yield {"type": "message_delta", "delta": {"stop_reason": "end_turn" if told else "tool_use"}, "usage": usage}
    yield {"type": "message_stop"}


def codex(asked):
    told = {item["call_id"]: item for item in asked["input"] if item["type"] == "function_call_output"}
    tell("Codex", told)
    text = {"type": "message", "role": "assistant", "id": "m", "content": [{"type": "output_text", "text": "Done."}]}
    calls = [{"type": "function_call", "call_id": name, "namespace": "mcp__probe", "name": name, "arguments": "{}"}
             for name in answers]
    yield {"type": "response.created", "response": {"id": "r"}}
    for item in [text] if told else calls:
        yield {"type": "response.output_item.done", "item": item}
    yield {"type": "response.completed", "response": {"id": "r"}}


def gemini(asked):
    told = {}
    for part in (part for content in asked["contents"] for part in content["parts"]):
        if "functionResponse" in part:
            told[part["functionResponse"]["id"]] = parts = []
        if told:
            parts.append(part)
    tell("Gemini CLI", told)
    calls = [{"functionCall": {"id": name, "name": f"mcp_probe_{name}", "args": {}}} for name in answers]
    content = {"role": "model", "parts": [{"text": "Done."}] if told else calls}
    yield {"candidates": [{"content": content, "finishReason": "STOP"}]}


class Model(BaseHTTPRequestHandler):
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        path = self.path.split("?")[0]
        ways = {"/v1/messages": claude, "/v1/responses": codex}
        events = ways.get(path, gemini if path.endswith(":streamGenerateContent") else None)
        self.send_response(200 if events else 404)
        self.send_header("content-type", "text/event-stream")
        self.end_headers()
        for event in events(asked) if events else ():
            kind = f"event: {event['type']}\n" if "type" in event else ""
            self.wfile.write(f"{kind}data: {json.dumps(event)}\n\n".encode())


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Model).serve_forever()
EOF2

port="$(free_port)"
mkdir -p home/.codex home/.gemini folder
probe="\"probe\": {\"command\": \"python3\", \"args\": [\"$work/server.py\"], \"trust\": true}"
echo "{\"mcpServers\": {$probe}}" >mcp.json
echo "{\"mcpServers\": {$probe}, \"security\": {\"auth\": {\"selectedType\": \"gemini-api-key\"}},
  \"privacy\": {\"usageStatisticsEnabled\": false}, \"general\": {\"enableAutoUpdate\": false}}" >home/.gemini/settings.json
cat >home/.codex/config.toml <<EOF2
model = "any"
model_provider = "stand-in"
check_for_update_on_startup = false
analytics.enabled = false
[model_providers.stand-in]
name = "stand-in"
base_url = "http://127.0.0.1:$port/v1"
[mcp_servers.probe]
command = "python3"
args = ["$work/server.py"]
required = true
default_tools_approval_mode = "approve"
EOF2
python3 model.py "$port" >>log 2>&1 &
server=$!
sleep 1
ask() (
    cd folder
    env -i PATH="$PATH" HOME="$work/home" NO_PROXY=127.0.0.1 CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1 ENABLE_TOOL_SEARCH=false \
        ANTHROPIC_BASE_URL="http://127.0.0.1:$port" ANTHROPIC_API_KEY=any \
        GOOGLE_GEMINI_BASE_URL="http://127.0.0.1:$port" GEMINI_API_KEY=any "$@" </dev/null
)
{
    ask node ../node_modules/@anthropic-ai/claude-code/cli-wrapper.cjs -p Hello --model any --mcp-config ../mcp.json \
        --strict-mcp-config --allowedTools mcp__probe
    ask ../node_modules/.bin/codex exec --skip-git-repo-check Hello
    ask ../node_modules/.bin/gemini -p Hello --yolo --skip-trust --model gemini-2.5-flash
} >>log 2>&1
compare
