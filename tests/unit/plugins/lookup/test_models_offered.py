# SPDX-License-Identifier: GPL-3.0-or-later
"""What real servers of this machine offer becomes entries; one that is not there is an error, not an empty list."""

from __future__ import annotations

import contextlib
import http.server
import json
import threading

import pytest
from ansible.errors import AnsibleLookupError
from ansible_collections.mcp_lan.litellm.plugins.lookup.models_offered import entries
from tree import run

OLLAMA = {"/api/tags": {"models": [{"name": "phi4:14b"}, {"name": "llama3.2:latest"}]}}
OPENAI = {"/v1/models": {"data": [{"id": "qwen3"}]}}


@contextlib.contextmanager
def serving(lists, key=""):
    class Models(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            allowed = not key or self.headers["Authorization"] == f"Bearer {key}"
            body = json.dumps(lists.get(self.path, {})).encode()
            self.send_response(200 if allowed and self.path in lists else 404 if allowed else 401)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments):
            """Nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Models) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def offered(*urls, **options):
    return entries(urls, **options)


def entry(name, model, url, **more):
    return {"name": name, "litellm_params": {"model": model, "api_base": url, **more}}


def test_what_each_kind_of_server_has():
    with serving(OLLAMA) as ollama, serving(OPENAI) as vllm:
        assert offered(ollama, f"{vllm}/v1") == [
            entry("llama3.2:latest", "ollama_chat/llama3.2:latest", ollama),
            entry("phi4:14b", "ollama_chat/phi4:14b", ollama),
            entry("qwen3", "hosted_vllm/qwen3", f"{vllm}/v1"),
        ]
        assert offered(ollama, only=["phi*"], prefix="lan/") == [entry("lan/phi4:14b", "ollama_chat/phi4:14b", ollama)]
        assert offered(ollama, only=[]) == []
        with pytest.raises(AnsibleLookupError, match="several servers have the model 'llama3.2:latest'"):
            offered(ollama, ollama)


def test_a_key_is_shown_and_kept_and_a_reference_is_kept_alone():
    with serving(OPENAI, "k") as server:
        url = f"{server}/v1"
        assert offered(url, api_key="k") == [entry("qwen3", "hosted_vllm/qwen3", url, api_key="k")]
        for key in ("wrong", "os.environ/OF_VLLM"):
            with pytest.raises(AnsibleLookupError, match="HTTP 401"):
                offered(url, api_key=key)
    with serving(OPENAI) as server:
        reference = "os.environ/OF_VLLM"
        assert offered(f"{server}/v1", api_key=reference)[0]["litellm_params"]["api_key"] == reference


def test_one_that_does_not_answer_is_an_error():
    with pytest.raises(AnsibleLookupError, match=r"the name 'nothing.invalid' does not resolve"):
        offered("http://nothing.invalid:11434")
    with pytest.raises(AnsibleLookupError, match="is no address of a server"):
        offered("ollama.lan")
    with serving({}) as server, pytest.raises(AnsibleLookupError, match="lists no models"):
        offered(server)


def test_as_ansible_runs_it():
    with serving(OPENAI) as server:
        look = f"lookup('mcp_lan.litellm.models_offered', '{server}/v1', only=['q*'], prefix='lan/', wantlist=true)"
        told = ["-m", "ansible.builtin.debug", "-a", f"msg={{{{ {look} | map(attribute='name') }}}}"]
        status, output = run("ansible", "localhost", "-i", "localhost,", *told)
    assert status == 0 and "lan/qwen3" in output, output
