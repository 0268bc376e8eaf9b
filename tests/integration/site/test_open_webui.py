# SPDX-License-Identifier: GPL-3.0-or-later
"""Open WebUI beside a real gateway: it lists models and tools, chats with a tool call, and gets a key that rotates."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import time
import uuid

import browser
import pytest
import requests
import yaml
from guarded_gateway import STAND_IN_MODEL, free_port, run_script
from site_deployment import PREFIX, Site
from tree import TOP

pytestmark = pytest.mark.slow

NAME = f"webui-{PREFIX}"
TOOLS = ["list_allowed_directories", "list_directory", "read_text_file"]
SCOPED = {f"filesystem-{tool}" for tool in TOOLS}
# The stand-in model repeats what the tool gave: the text, and with LiteLLM 1.108.7 the structured result as well.
ANSWER = re.compile(r"It says: .{,80}Welcome\. This folder", re.DOTALL)


class Chat:
    """What a person does in the pages, by the API that the pages use."""

    def __init__(self, url: str, email: str, password: str):
        self.url = url
        self.session = requests.Session()
        self.token = self.post("/api/v1/auths/signin", {"email": email, "password": password})["token"]
        self.session.headers["Authorization"] = f"Bearer {self.token}"

    def get(self, path: str):
        answer = self.session.get(self.url + path, timeout=60)
        assert answer.ok, answer.text
        return answer.json()

    def post(self, path: str, body: dict):
        answer = self.session.post(self.url + path, json=body, timeout=60)
        assert answer.ok, answer.text
        return answer.json()

    def models(self) -> list[str]:
        return sorted(one["id"] for one in self.get("/api/models?refresh=true")["data"])

    def server(self) -> dict:
        (one,) = self.get("/api/v1/configs/tool_servers")["TOOL_SERVER_CONNECTIONS"]
        return one

    def sees_its_tools(self) -> bool:
        """Whether its server's tools are listed and no other's; 1.77.3 lists those too that the guard then refuses."""
        names = {one["name"] for one in self.post("/api/v1/configs/tool_servers/verify", self.server())["specs"]}
        return names >= SCOPED and all(name.startswith("filesystem-") for name in names)

    def say(self, model: str, text: str) -> dict:
        """One prompt with the gateway's tools; the message that came back, once it is done."""
        question, answer = str(uuid.uuid4()), str(uuid.uuid4())
        user = {"id": question, "parentId": None, "childrenIds": [answer], "role": "user", "content": text}
        said = {"id": answer, "parentId": question, "childrenIds": [], "role": "assistant", "content": ""}
        said |= {"model": model, "done": False}
        history = {"messages": {question: user, answer: said}, "currentId": answer}
        chat = self.post("/api/v1/chats/new", {"chat": {"title": "A file", "models": [model], "history": history}})
        self.post(
            "/api/chat/completions",
            {
                "model": model,
                "messages": [{"role": "user", "content": text}],
                "stream": True,
                "chat_id": chat["id"],
                "id": answer,
                "parent_id": question,
                "session_id": str(uuid.uuid4()),
                "tool_ids": ["server:mcp:litellm"],
                "params": {"function_calling": "native"},
            },
        )
        deadline = time.monotonic() + 120
        while True:
            found = self.get(f"/api/v1/chats/{chat['id']}")["chat"]["history"]["messages"][answer]
            if found.get("done"):
                return {"chat": chat["id"], **found}
            assert time.monotonic() < deadline, found
            time.sleep(0.5)


@pytest.fixture(scope="module")
def deployed():
    site = Site(NAME, free_port())
    site.remove()
    said = site.deployment.read_text(encoding="utf-8")
    more = yaml.safe_load((TOP / "inventories/local/group_vars/all/main.yml").read_text(encoding="utf-8"))
    port = free_port()
    more = {
        "litellm_models": [
            *more["litellm_models"],
            {
                "name": "stand-in",
                "litellm_params": {
                    "model": "openai/stand-in",
                    "api_base": f"http://{NAME}-model:8000/v1",
                    "api_key": "none-needed",
                },
            },
        ],
        "litellm_keys": [
            *more["litellm_keys"],
            {"name": "open-webui", "models": ["mock", "stand-in"], "mcp": {"filesystem": TOOLS}},
        ],
        "open_webui_enabled": True,
        "open_webui_bind": "127.0.0.1",
        "open_webui_port": port,
        "open_webui_url": f"http://127.0.0.1:{port}",
        "open_webui_container_name": f"{NAME}-open-webui",
        "open_webui_volume": f"{NAME}-open-webui-data",
        "open_webui_config_dir": str(site.output / "etc" / "open-webui"),
        "open_webui_image_source": "build",
    }
    site.deployment.write_text(said + yaml.safe_dump(more, sort_keys=False), encoding="utf-8")
    site.webui = more["open_webui_url"]
    run = site.run("--diff", timeout=1200)
    assert run.status == 0, run.output[-3000:]
    site.seen = run.output
    litellm = site.engine.containers.get(f"{NAME}-litellm")
    run_script(site.engine, f"{NAME}-model", litellm.image, STAND_IN_MODEL, f"{NAME}-litellm-net")
    yield site
    if not os.environ.get("MCP_LAN_TEST_KEEP"):
        site.remove()
        shutil.rmtree(site.output)


@pytest.fixture(scope="module")
def chat(deployed):
    return Chat(deployed.webui, "admin@localhost", deployed.store.get("secrets", "open_webui_admin"))


def test_it_lists_what_its_key_may_use(deployed, chat):
    assert chat.models() == ["mock", "stand-in"]
    assert chat.sees_its_tools()
    assert chat.server()["key"] == deployed.store.get("keys", "open-webui")
    answer = chat.session.post(f"{chat.url}/api/v1/configs/tool_servers/verify", json={**chat.server(), "key": "sk-no"})
    assert answer.status_code == 400, "a wrong key lists nothing"


def test_nobody_signs_up_by_himself(deployed):
    body = {"name": "Eve", "email": "eve@localhost", "password": deployed.store.get("secrets", "open_webui_session")}
    assert requests.post(f"{deployed.webui}/api/v1/auths/signup", json=body, timeout=30).status_code == 403


@pytest.fixture(scope="module")
def answered(chat):
    return chat.say("stand-in", "What does the file /data/welcome.txt say?")


def test_a_whole_prompt_calls_a_tool_behind_the_gateway(deployed, answered):
    found = answered
    assert ANSWER.search(found["content"]), found
    (key,) = deployed.client().get("/key/list", key_alias="open-webui")["keys"]
    deadline = time.monotonic() + 30
    while True:
        rows = deployed.client().get("/spend/logs", api_key=key)
        if any("read_text_file" in json.dumps(row) for row in rows):
            break
        assert time.monotonic() < deadline, rows
        time.sleep(1)


def test_it_is_hardened(deployed):
    found = deployed.engine.containers.get(f"{NAME}-open-webui").attrs
    assert found["HostConfig"]["ReadonlyRootfs"] and found["HostConfig"]["CapDrop"] == ["ALL"]
    assert found["Config"]["User"] == "10007:10007"
    assert list(found["NetworkSettings"]["Networks"]) == [f"{NAME}-front-door-net"]
    assert not [one for one in found["Config"]["Env"] if deployed.store.get("keys", "open-webui") in one]


def test_a_second_run_changes_nothing_and_check_mode_writes_nothing(deployed, chat):
    run = deployed.run("--diff")
    deployed.seen += run.output
    assert run.status == 0 and run.changed == [], run.changed or run.error
    before = chat.get("/api/v1/configs/export")
    key = deployed.store.get("keys", "open-webui")
    chat.post(
        "/api/v1/configs/tool_servers", {"TOOL_SERVER_CONNECTIONS": [{**chat.server(), "key": "sk-changed-by-hand"}]}
    )
    changed = chat.get("/api/v1/configs/export")
    run = deployed.run("--check", "--diff", "--tags", "clients")
    deployed.seen += run.output
    assert run.status == 0 and len(run.changed) == 1 and "Configure it to use the gateway" in run.changed[0], run.output
    assert chat.get("/api/v1/configs/export") == changed and changed != before
    run = deployed.run("--diff", "--tags", "clients")
    deployed.seen += run.output
    assert run.status == 0 and chat.server()["key"] == key and chat.sees_its_tools(), run.error


def test_what_a_person_set_stays(deployed, chat):
    config = chat.get("/openai/config")
    theirs = {
        "OPENAI_API_BASE_URLS": ["http://127.0.0.1:9/v1", *config["OPENAI_API_BASE_URLS"]],
        "OPENAI_API_KEYS": ["theirs", *config["OPENAI_API_KEYS"]],
        "OPENAI_API_CONFIGS": {"0": {"enable": False}, "1": {**config["OPENAI_API_CONFIGS"]["0"], "prefix_id": "lan"}},
    }
    chat.post("/openai/config/update", {**config, **theirs})
    mine = {"type": "openapi", "url": "http://127.0.0.1:9", "path": "openapi.json", "auth_type": "none", "key": ""}
    mine |= {"config": {"enable": False}, "info": {"name": "Mine"}}
    chat.post("/api/v1/configs/tool_servers", {"TOOL_SERVER_CONNECTIONS": [mine, chat.server()]})
    before = chat.get("/openai/config"), chat.get("/api/v1/configs/tool_servers")
    run = deployed.run("--diff", playbook="rotate_keys", rotate_keys="open-webui")
    deployed.seen += run.output
    assert run.status == 0, run.error
    after = chat.get("/openai/config"), chat.get("/api/v1/configs/tool_servers")
    key = deployed.store.get("keys", "open-webui")
    old = before[0]["OPENAI_API_KEYS"][1]
    assert key != old and after[0]["OPENAI_API_KEYS"] == ["theirs", key]
    assert json.loads(json.dumps(before).replace(old, key)) == json.loads(json.dumps(after))
    assert "works until" in run.output and "not delivered" not in run.output
    chat.post("/api/v1/configs/tool_servers", {"TOOL_SERVER_CONNECTIONS": [chat_server(after[1])]})
    chat.post("/openai/config/update", config | {"OPENAI_API_KEYS": [key]})
    assert chat.models() == ["mock", "stand-in"] and chat.sees_its_tools()


def chat_server(answer: dict) -> dict:
    return next(one for one in answer["TOOL_SERVER_CONNECTIONS"] if one["type"] == "mcp")


def test_a_key_that_was_not_delivered_is_not_ended(deployed):
    run = deployed.run("--skip-tags", "clients", playbook="rotate_keys", rotate_keys="open-webui")
    deployed.seen += run.output
    assert run.status == 0 and "not delivered: open-webui" in run.output, run.output[-2000:]
    run = deployed.run("--tags", "litellm,clients,verify")
    deployed.seen += run.output
    assert run.status == 0 and "not delivered" not in run.output, run.error


def test_the_page_shows_the_answer(deployed, chat, answered, tmp_path):
    # What is new in its version would cover the page.
    chat.post("/api/v1/users/user/settings/update", {"ui": {"version": chat.get("/api/config")["version"]}})
    page = browser.Page(deployed.webui, tmp_path)
    try:
        page.js(f"localStorage.setItem('token', {json.dumps(chat.token)})")
        page.ask("Page.navigate", url=f"{deployed.webui}/c/{answered['chat']}")
        deadline = time.monotonic() + 90
        seen = ""
        while not ("stand-in" in seen and "read_text_file" in seen and ANSWER.search(seen)):
            assert time.monotonic() < deadline, seen
            time.sleep(0.5)
            seen = page.js("document.body ? document.body.innerText : ''") or ""
        assert not page.js("document.querySelector('[role=dialog]')?.innerText"), "nothing covers it"
        shot = base64.b64decode(page.screenshot())
    finally:
        page.close()
    (deployed.output / "open-webui.png").write_bytes(shot)
    assert shot.startswith(b"\x89PNG") and len(shot) > 20000, "the page is not blank"


def test_no_value_was_printed(deployed):
    values = [deployed.store.get("keys", "open-webui")]
    values += [deployed.store.get("secrets", name) for name in ("open_webui_admin", "open_webui_session")]
    assert not [value for value in values if value in deployed.seen]
    assert "sk-" not in deployed.seen.replace("sk-...", "").replace("sk-***", "")


def test_it_goes_and_what_was_written_stays(deployed):
    run = deployed.run("--tags", "open_webui", open_webui_state="absent")
    assert run.status == 0, run.error
    assert f"{NAME}-open-webui" not in deployed.containers()
    assert deployed.engine.volumes.get(f"{NAME}-open-webui-data")
